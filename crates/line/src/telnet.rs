//! Telnet's control sequences (RFC 854), taken out of what a peer sends: its wishes are refused, the
//! rest of them ignored.

use crate::limits::{MAX_OWED_BYTES, MAX_SUBNEGOTIATION};

/// "Interpret as command": begins a sequence. No UTF-8 text holds this byte.
const IAC: u8 = 255;
const DONT: u8 = 254;
const DO: u8 = 253;
const WONT: u8 = 252;
const WILL: u8 = 251;
/// Subnegotiation: begins a part that ends with `IAC SE`.
const SB: u8 = 250;
const SE: u8 = 240;

/// Where in a sequence the stream is.
#[derive(Debug, Default)]
pub(crate) struct Telnet {
    state: State,
    owed: Vec<u8>,
}

#[derive(Debug, Default, Clone, Copy)]
enum State {
    #[default]
    Data,
    Command,
    /// After WILL, WONT, DO or DONT: the option comes.
    Option(u8),
    /// In a subnegotiation, this many bytes long; after an IAC in it.
    Inside(usize, bool),
}

impl Telnet {
    /// The byte, if it is the peer's text and no part of a sequence. A line feed always is: it ends
    /// what it stands in.
    pub(crate) fn pass(&mut self, byte: u8) -> Option<u8> {
        if byte == b'\n' && !matches!(self.state, State::Inside(..)) {
            self.state = State::Data;
            return Some(byte);
        }
        let (state, passed) = match (self.state, byte) {
            (State::Data, IAC) => (State::Command, None),
            (State::Data, byte) => (State::Data, Some(byte)),
            // Twice is the byte itself: no text, which the reader of the line will say.
            (State::Command, IAC) => (State::Data, Some(IAC)),
            (State::Command, WILL | WONT | DO | DONT) => (State::Option(byte), None),
            (State::Command, SB) => (State::Inside(0, false), None),
            (State::Command, _) => (State::Data, None),
            (State::Option(verb), option) => {
                self.refuse(verb, option);
                (State::Data, None)
            }
            (State::Inside(_, true), SE) => (State::Data, None),
            (State::Inside(length, _), _) if length >= MAX_SUBNEGOTIATION => (State::Data, None),
            (State::Inside(length, quoted), byte) => (State::Inside(length + 1, byte == IAC && !quoted), None),
        };
        self.state = state;
        passed
    }

    /// What is to be sent to the peer: "I will not", "do not".
    pub(crate) fn take_owed(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.owed)
    }

    fn refuse(&mut self, verb: u8, option: u8) {
        let answer = match verb {
            DO => WONT,
            WILL => DONT,
            _ => return,
        };
        if self.owed.len() + 3 <= MAX_OWED_BYTES {
            self.owed.extend([IAC, answer, option]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
        let mut telnet = Telnet::default();
        let text = bytes.iter().filter_map(|byte| telnet.pass(*byte)).collect();
        (text, telnet.take_owed())
    }

    #[test]
    fn sequences_are_taken_out_and_wishes_refused() {
        // "Terminal type", a window size with a line feed in it, and what Ctrl-C sends.
        let wishes = [IAC, WILL, 24, b'P', IAC, SB, 31, 0, 80, 0, 10, IAC, SE, b' ', IAC, 244, IAC, DO, 6, b'2', b'\n'];
        assert_eq!(passed(&wishes), (b"P 2\n".to_vec(), vec![IAC, DONT, 24, IAC, WONT, 6]));
        assert_eq!(passed(&[IAC, WONT, 1, IAC, DONT, 3, b'x']), (b"x".to_vec(), Vec::new()));
    }

    #[test]
    fn a_doubled_byte_is_itself_and_a_line_feed_always_ends_the_line() {
        assert_eq!(passed(&[b'a', IAC, IAC, b'\n']).0, [b'a', IAC, b'\n']);
        assert_eq!(passed(&[IAC, b'\n', IAC, DO, b'\n']).0, b"\n\n");
    }

    #[test]
    fn neither_an_endless_subnegotiation_nor_endless_wishes_take_memory_or_lines() {
        let mut bytes = vec![IAC, SB];
        bytes.extend([b'\n'; MAX_SUBNEGOTIATION + 10]);
        assert_eq!(passed(&bytes).0, [b'\n'; 9]);
        assert_eq!(passed(&[IAC, DO, 1].repeat(1000)).1.len(), MAX_OWED_BYTES / 3 * 3);
    }
}
