//! What users point out and operators order, in a message.

use posto_market::{Act, FlagReason, Fuel, Label, StationId, Timestamp};
use posto_store::{Flag, Moderation};
use serde::{Deserialize, Serialize};

use super::optional;
use super::report::fuel;

/// [`Flag`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FlagForm {
    station: String,
    reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fuel: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    origin: String,
}

/// [`Moderation`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderForm {
    act: ActForm,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operator: Option<String>,
    session: String,
    dry_run: bool,
}

/// [`Act`]. Times are milliseconds since 1970-01-01T00:00Z.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum ActForm {
    End { station: String, fuel: String },
    Hide { station: String },
    Show { station: String },
    Merge { from: String, into: String },
    Withdraw { origin: String, since: i64 },
    Dismiss { station: String },
}

impl From<&Flag> for FlagForm {
    fn from(Flag { station, reason, fuel, note, origin }: &Flag) -> Self {
        Self {
            station: station.as_str().to_owned(),
            reason: reason.slug().to_owned(),
            fuel: fuel.map(|fuel| fuel.slug().to_owned()),
            note: note.as_ref().map(|note| note.as_str().to_owned()),
            origin: origin.clone(),
        }
    }
}

impl FlagForm {
    pub(super) fn read(self) -> Result<Flag, &'static str> {
        Ok(Flag {
            station: station(&self.station)?,
            reason: FlagReason::from_slug(&self.reason).ok_or("reason")?,
            fuel: optional(self.fuel, |slug| fuel(&slug).ok(), "fuel")?,
            note: optional(self.note, |note| Label::new(&note), "note")?,
            origin: self.origin,
        })
    }
}

impl From<&Moderation> for OrderForm {
    fn from(Moderation { act, reason, operator, session, dry_run }: &Moderation) -> Self {
        Self {
            act: act.into(),
            reason: reason.as_ref().map(|reason| reason.as_str().to_owned()),
            operator: operator.clone(),
            session: session.clone(),
            dry_run: *dry_run,
        }
    }
}

impl OrderForm {
    pub(super) fn read(self) -> Result<Moderation, &'static str> {
        Ok(Moderation {
            act: self.act.read()?,
            reason: optional(self.reason, |reason| Label::new(&reason), "reason")?,
            operator: self.operator,
            session: self.session,
            dry_run: self.dry_run,
        })
    }
}

impl From<&Act> for ActForm {
    fn from(act: &Act) -> Self {
        let id = |station: &StationId| station.as_str().to_owned();
        match act {
            Act::End { station, fuel } => Self::End { station: id(station), fuel: slug(*fuel) },
            Act::Hide { station } => Self::Hide { station: id(station) },
            Act::Show { station } => Self::Show { station: id(station) },
            Act::Merge { from, into } => Self::Merge { from: id(from), into: id(into) },
            Act::Withdraw { origin, since } => Self::Withdraw { origin: origin.clone(), since: since.millis() },
            Act::Dismiss { station } => Self::Dismiss { station: id(station) },
        }
    }
}

impl ActForm {
    fn read(self) -> Result<Act, &'static str> {
        Ok(match self {
            Self::End { station: id, fuel: slug } => Act::End { station: station(&id)?, fuel: fuel(&slug)? },
            Self::Hide { station: id } => Act::Hide { station: station(&id)? },
            Self::Show { station: id } => Act::Show { station: station(&id)? },
            Self::Merge { from, into } => Act::Merge { from: station(&from)?, into: station(&into)? },
            Self::Withdraw { origin, since } => Act::Withdraw { origin, since: Timestamp::from_millis(since) },
            Self::Dismiss { station: id } => Act::Dismiss { station: station(&id)? },
        })
    }
}

fn station(id: &str) -> Result<StationId, &'static str> {
    StationId::parse(id).ok_or("station")
}

fn slug(fuel: Fuel) -> String {
    fuel.slug().to_owned()
}
