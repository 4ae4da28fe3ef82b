//! The names of proposals: which server proposed a message, and whom it is to tell what came of it.

use std::fmt;

/// A server that runs, told from all others and from itself before a restart by random bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Instance(u64);

/// A proposal's name: `9f86d081884c7d65-17`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct ProposalId {
    /// Who proposed.
    pub(crate) instance: Instance,
    /// Which of its proposals, from 1 on.
    pub(crate) number: u64,
}

impl Instance {
    /// A new one.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub(crate) fn new() -> Result<Self, getrandom::Error> {
        getrandom::u64().map(Self)
    }

    #[cfg(test)]
    pub(crate) const fn of(bits: u64) -> Self {
        Self(bits)
    }
}

impl ProposalId {
    /// The name of this text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (instance, number) = text.split_once('-')?;
        let instance = (instance.len() == 16).then(|| u64::from_str_radix(instance, 16).ok())??;
        Some(Self { instance: Instance(instance), number: number.parse().ok()? })
    }

    /// What the log knows it by ("Nats-Msg-Id"): no report's own id is written so.
    pub(crate) fn message_id(&self) -> String {
        format!("posto:{self}")
    }
}

impl fmt::Display for ProposalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}-{}", self.instance.0, self.number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_name_is_read_back(instance: u64, number: u64) {
            let id = ProposalId { instance: Instance::of(instance), number };
            prop_assert_eq!(ProposalId::parse(&id.to_string()), Some(id));
        }

        #[test]
        fn no_text_is_read_in_two_ways(text in ".{0,30}") {
            prop_assert!(ProposalId::parse(&text).is_none_or(|id| ProposalId::parse(&id.to_string()) == Some(id)));
        }
    }
}
