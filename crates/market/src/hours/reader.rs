//! The characters of opening hours, taken one after another; blanks between them do not matter.

/// What is left to read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a str);

impl Reader<'_> {
    pub(super) fn is_at_end(&self) -> bool {
        self.0.trim_start().is_empty()
    }

    /// Takes this text, in whatever case, if it comes next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let rest = self.0.trim_start();
        let (Some(head), Some(tail)) = (rest.get(..text.len()), rest.get(text.len()..)) else { return false };
        let eaten = head.eq_ignore_ascii_case(text);
        if eaten {
            self.0 = tail;
        }
        eaten
    }

    /// As [`Reader::eat`], where no other letter follows.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let mut after = *self;
        let eaten = after.eat(word) && !after.0.starts_with(|next: char| next.is_ascii_alphabetic());
        if eaten {
            *self = after;
        }
        eaten
    }

    /// Takes the word of the list that comes next; its place in the list.
    pub(super) fn one_of(&mut self, words: &[&str]) -> Option<usize> {
        words.iter().position(|word| self.eat_word(word))
    }

    pub(super) fn begins_with(&self, word: &str) -> bool {
        let mut copy = *self;
        copy.eat_word(word)
    }

    pub(super) fn begins_with_digit(&self) -> bool {
        self.0.trim_start().starts_with(|next: char| next.is_ascii_digit())
    }

    /// Whether the separator comes next, and after it what is asked for. Takes nothing.
    pub(super) fn comes_before(&self, separator: &str, what: impl Fn(&Self) -> bool) -> bool {
        let mut after = *self;
        after.eat(separator) && what(&after)
    }

    /// Takes a time of day, as minutes: `08:00`, `8:00`; up to `48:00` where a range ends the day
    /// after it began.
    pub(super) fn clock(&mut self) -> Option<u16> {
        let hours = self.number()?;
        if !self.0.starts_with(':') {
            return None;
        }
        self.eat(":");
        let minutes = self.number()?;
        (hours <= 48 && minutes < 60).then_some(hours * 60 + minutes)
    }

    /// Takes one or two digits.
    fn number(&mut self) -> Option<u16> {
        let rest = self.0.trim_start();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest.get(..digits).filter(|digits| digits.len() <= 2)?.parse().ok()?;
        self.0 = rest.get(digits..)?;
        Some(number)
    }
}
