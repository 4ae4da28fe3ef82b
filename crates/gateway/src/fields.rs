//! Named values read one by one, each mistake noted: query parameters (`query.rs`) and members of a
//! JSON body (`body.rs`) alike, so that one answer tells all that is wrong.

use std::ops::Deref;

use crate::fault::{Faults, Kind, Refusal};
use crate::problem::Problem;

/// How alike two names must be for one to be suggested for the other (Jaro-Winkler, 0 to 1):
/// `latitude` and `lng` find `lat` and `lon`, `foo` finds nothing.
const ALIKE: f64 = 0.75;

/// A value as it was given.
pub(crate) trait Given: Deref {
    /// Its text in an error.
    fn shown(&self) -> &str;
    /// Whether it says nothing, so that an optional field counts as not given.
    fn is_blank(&self) -> bool;
}

/// The values of one request.
#[derive(Debug)]
pub(crate) struct Fields<V> {
    given: Vec<Field<V>>,
    faults: Faults,
}

#[derive(Debug)]
struct Field<V> {
    name: String,
    value: V,
    is_duplicate: bool,
}

impl<V: Given> Fields<V> {
    /// Takes what was given; names not in `known` and names given twice are mistakes.
    pub(crate) fn new(given: impl IntoIterator<Item = (String, V)>, known: &[&str]) -> Self {
        let mut fields = Self { given: Vec::new(), faults: Faults::new() };
        for (name, value) in given {
            if !known.contains(&name.as_str()) {
                fields.faults.push(&name, Some(value.shown()), unknown(&name, known));
            } else if let Some(first) = fields.given.iter_mut().find(|field| field.name == name) {
                if !first.is_duplicate {
                    fields.faults.push(&name, Some(value.shown()), Refusal::new(Kind::Unreadable, "given twice"));
                }
                first.is_duplicate = true;
            } else {
                fields.given.push(Field { name, value, is_duplicate: false });
            }
        }
        fields
    }

    /// Whether the field was given, readable or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).is_some_and(|field| !field.value.is_blank())
    }

    /// Reads a field that must be there. `None`: it is not, or is wrong, and that is noted.
    pub(crate) fn required<T>(&mut self, name: &str, read: impl FnOnce(&V::Target) -> Result<T, Refusal>) -> Option<T> {
        if self.find(name).is_none() {
            self.refuse(name, Refusal::new(Kind::Unreadable, "missing"));
        }
        self.read(name, read)
    }

    /// Reads a field that may be there. `None`: it is not, or is wrong, and that is noted.
    pub(crate) fn optional<T>(&mut self, name: &str, read: impl FnOnce(&V::Target) -> Result<T, Refusal>) -> Option<T> {
        if self.has(name) { self.read(name, read) } else { None }
    }

    /// Notes a mistake about a field.
    pub(crate) fn refuse(&mut self, name: &str, refusal: Refusal) {
        let value = self.given.iter().find(|field| field.name == name).map(|field| field.value.shown());
        self.faults.push(name, value, refusal);
    }

    /// The outcome of all the reading, which is there if nothing was wrong.
    pub(crate) fn finish<T>(self, outcome: Option<T>) -> Result<T, Problem> {
        match outcome {
            Some(outcome) if self.faults.is_empty() => Ok(outcome),
            None if self.faults.is_empty() => Err(Problem::internal("a parameter was lost without a mistake in it")),
            _ => Err(self.faults.into()),
        }
    }

    fn find(&self, name: &str) -> Option<&Field<V>> {
        self.given.iter().find(|field| field.name == name)
    }

    fn read<T>(&mut self, name: &str, read: impl FnOnce(&V::Target) -> Result<T, Refusal>) -> Option<T> {
        let field = self.given.iter().find(|field| field.name == name).filter(|field| !field.is_duplicate)?;
        match read(&field.value) {
            Ok(value) => Some(value),
            Err(refusal) => {
                self.faults.push(name, Some(field.value.shown()), refusal);
                None
            }
        }
    }
}

fn unknown(name: &str, known: &[&str]) -> Refusal {
    let likeness = |known: &&str| strsim::jaro_winkler(&name.to_lowercase(), known);
    let nearest = known.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let reason = match nearest.filter(|nearest| likeness(nearest) > ALIKE) {
        Some(nearest) => format!("unknown; did you mean {nearest}?"),
        None => "unknown".to_owned(),
    };
    Refusal::unreadable(&reason, if known.is_empty() { "none".to_owned() } else { known.join(", ") })
}
