//! What is wrong with one parameter, and the list of all that is wrong with a request.

use serde::Serialize;
use utoipa::ToSchema;

use crate::code::Code;
use crate::limits::{MAX_FAULTS, MAX_SHOWN_CHARACTERS};
use crate::problem::Problem;

/// How bad a mistake is; the worst of a request gives it its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Each is fine, together they are not: 422 `conflicting-parameters`.
    Conflicting,
    /// Readable but not allowed: 422.
    NotAllowed,
    /// Cannot be read: 400.
    Unreadable,
}

/// Why a value is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    kind: Kind,
    reason: String,
    allowed: Option<String>,
}

impl Refusal {
    pub(crate) fn new(kind: Kind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into(), allowed: None }
    }

    /// The same with what is allowed instead.
    pub(crate) fn allowing(self, allowed: impl Into<String>) -> Self {
        Self { allowed: Some(allowed.into()), ..self }
    }

    pub(crate) fn unreadable(reason: &str, allowed: impl Into<String>) -> Self {
        Self { allowed: Some(allowed.into()), ..Self::new(Kind::Unreadable, reason) }
    }

    pub(crate) fn not_allowed(reason: &str, allowed: impl Into<String>) -> Self {
        Self { allowed: Some(allowed.into()), ..Self::new(Kind::NotAllowed, reason) }
    }
}

/// One bad parameter, or member of the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ParameterError)]
pub(crate) struct Fault {
    /// Its name.
    #[schema(example = "radius")]
    parameter: String,
    /// What it was, cut after 64 characters; null where it is missing.
    #[schema(required, example = "-1")]
    value: Option<String>,
    /// What is wrong with it.
    #[schema(example = "out of range")]
    reason: String,
    /// What is allowed.
    #[schema(required, example = "a number of kilometres above 0, up to 20016")]
    allowed: Option<String>,
}

/// The mistakes of one request, in the order in which they were found.
#[derive(Debug)]
pub(crate) struct Faults {
    list: Vec<Fault>,
    worst: Kind,
}

impl Faults {
    pub(crate) const fn new() -> Self {
        Self { list: Vec::new(), worst: Kind::Conflicting }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub(crate) fn push(&mut self, parameter: &str, value: Option<&str>, refusal: Refusal) {
        self.worst = self.worst.max(refusal.kind);
        if self.list.len() < MAX_FAULTS {
            let (parameter, value) = (shortened(parameter), value.map(shortened));
            self.list.push(Fault { parameter, value, reason: refusal.reason, allowed: refusal.allowed });
        }
    }
}

impl From<Faults> for Problem {
    fn from(faults: Faults) -> Self {
        let (code, detail) = match faults.worst {
            Kind::Conflicting => (Code::ConflictingParameters, "the parameters in errors do not go together"),
            Kind::NotAllowed => (Code::NotAllowed, "the parameters in errors have values that are not allowed"),
            Kind::Unreadable => (Code::UnreadableRequest, "the parameters in errors cannot be read or are not allowed"),
        };
        Self::new(code, detail).with_errors(faults.list)
    }
}

/// One mistake alone.
impl From<(&str, Option<&str>, Refusal)> for Problem {
    fn from((parameter, value, refusal): (&str, Option<&str>, Refusal)) -> Self {
        let mut faults = Faults::new();
        faults.push(parameter, value, refusal);
        faults.into()
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_SHOWN_CHARACTERS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
