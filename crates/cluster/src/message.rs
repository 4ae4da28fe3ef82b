//! The log's messages: an entry as every server reads it, in JSON so that `nats stream view` shows it.
//!
//! Every server executes every message, so all must read the same out of it: a member that is not
//! known is an error, and what changes a message's form or its effect counts [`VERSION`] up. The values
//! of a message are in `message/report.rs` (reports), `message/record.rs` (records of feeds) and
//! `message/order.rs` (flags and operators' orders).

mod order;
mod record;
mod report;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

use posto_market::Currency;
use posto_store::Entry;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::proposal::ProposalId;

/// The version of messages that this program writes, and the newest that it reads.
pub(crate) const VERSION: u32 = 1;

/// One message of the log.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Message {
    /// Who proposed it, and which of its proposals it is.
    pub(crate) proposal: ProposalId,
    /// The currency of a price that names none, where no price is near to go by: that of the server
    /// which proposed it, whatever the others are set to.
    pub(crate) default_currency: Currency,
    /// What is to be executed.
    pub(crate) entry: Entry,
}

/// Why a message cannot be executed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MessageError {
    /// It was not written by Posto. All servers see it so, and pass over it.
    #[error("it is no message of Posto")]
    Foreign,
    /// A newer Posto wrote it. What it does cannot be known here.
    #[error(
        "it has version {found}, of a newer Posto; this one knows versions up to {VERSION}: upgrade this server first"
    )]
    Newer {
        /// Its version.
        found: u32,
    },
    /// It makes no sense.
    #[error("it cannot be read: {0}")]
    Unreadable(String),
}

impl Message {
    /// The message as it is published.
    ///
    /// # Errors
    /// [`MessageError::Unreadable`]: it would not be read back as it is, so that it must not be
    /// published.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, MessageError> {
        let envelope = Envelope {
            version: VERSION,
            proposal: self.proposal.to_string(),
            currency: self.default_currency.code().to_owned(),
            entry: EntryForm::from(&self.entry),
        };
        let bytes = serde_json::to_vec(&envelope).map_err(|error| MessageError::Unreadable(error.to_string()))?;
        // A message that no server can read would stop them all.
        Self::decode(&bytes)?;
        Ok(bytes)
    }

    /// The message of these bytes.
    ///
    /// # Errors
    /// [`MessageError`].
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, MessageError> {
        let envelope = serde_json::from_slice::<Envelope>(bytes);
        let version = match &envelope {
            Ok(envelope) => envelope.version,
            Err(_) => version_of(bytes).ok_or(MessageError::Foreign)?,
        };
        if version > VERSION {
            return Err(MessageError::Newer { found: version });
        }
        let unreadable = |what: &str| MessageError::Unreadable(what.to_owned());
        let envelope = envelope.map_err(|error| MessageError::Unreadable(error.to_string()))?;
        Ok(Self {
            proposal: ProposalId::parse(&envelope.proposal).ok_or_else(|| unreadable("its proposal"))?,
            default_currency: Currency::from_code(&envelope.currency).ok_or_else(|| unreadable("its currency"))?,
            entry: envelope.entry.read().map_err(unreadable)?,
        })
    }
}

/// What every version of a message has.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

/// The version of what cannot be read as a message of this one; `None`: it is no message.
fn version_of(bytes: &[u8]) -> Option<u32> {
    // A list could be read as an object, too.
    let head = serde_json::from_slice::<Head>(bytes).ok().filter(|_| bytes.first() == Some(&b'{'))?;
    Some(head.version)
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    version: u32,
    proposal: String,
    currency: String,
    entry: EntryForm,
}

/// One member, named as what it is.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EntryForm {
    Report(Box<report::ReportForm>),
    Import(Box<record::RecordForm>),
    Flag(order::FlagForm),
    Act(Box<order::OrderForm>),
    Seed(Vec<record::SeedForm>),
}

impl From<&Entry> for EntryForm {
    fn from(entry: &Entry) -> Self {
        match entry {
            Entry::Report(report) => Self::Report(Box::new(report.into())),
            Entry::Import(record, origin) => Self::Import(Box::new((&**record, origin).into())),
            Entry::Flag(flag) => Self::Flag(flag.into()),
            Entry::Moderate(order) => Self::Act(Box::new((&**order).into())),
            Entry::Seed(records) => Self::Seed(records.iter().map(Into::into).collect()),
        }
    }
}

impl EntryForm {
    /// # Errors
    /// Which of its values makes no sense.
    fn read(self) -> Result<Entry, &'static str> {
        Ok(match self {
            Self::Report(report) => Entry::Report(report.read()?),
            Self::Import(record) => {
                let (record, origin) = record.read()?;
                Entry::Import(Box::new(record), origin)
            }
            Self::Flag(flag) => Entry::Flag(flag.read()?),
            Self::Act(order) => Entry::Moderate(Box::new(order.read()?)),
            Self::Seed(records) => {
                Entry::Seed(records.into_iter().map(record::SeedForm::read).collect::<Result<_, _>>()?)
            }
        })
    }
}

/// A value of the market from its form, where the form may be absent.
fn optional<F, V>(
    form: Option<F>,
    read: impl Fn(F) -> Option<V>,
    name: &'static str,
) -> Result<Option<V>, &'static str> {
    form.map(|form| read(form).ok_or(name)).transpose()
}
