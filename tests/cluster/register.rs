//! Whether a register, the price of one fuel at one station, was linearisable: as if each operation had
//! happened at one moment between its begin and its end.
//!
//! Every value is written once, so that a read tells which write it saw. Then the question is decided by
//! zones (P. B. Gibbons and E. Korach, Testing Shared Memories, SIAM J. Computing 26(4), 1997): the
//! operations of a value have a zone between the first end and the last begin of any of them; the register
//! had the value during all of a zone whose first end comes first (a forward zone), and at some moment
//! of any other. Two forward zones must not overlap, and no other zone lies within a forward one.

use std::collections::HashMap;

/// When something happened: counts up over all clients.
pub(crate) type Tick = u64;

/// A price in thousandths; 0 is what the register began with.
pub(crate) type Value = u32;

/// Something that a client did with the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) act: Act,
    pub(crate) value: Value,
    /// Before it was asked.
    pub(crate) begin: Tick,
    /// After it was answered; `None`: it never was, and may have happened or not, at any time since.
    pub(crate) end: Option<Tick>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Write,
    Read,
}

/// The time of a value.
#[derive(Debug, Clone, Copy)]
struct Zone {
    value: Value,
    first_end: Tick,
    last_begin: Tick,
}

impl Zone {
    fn told(&self) -> String {
        format!("{} ({} to {})", self.value, self.low(), self.high())
    }

    fn is_forward(&self) -> bool {
        self.first_end < self.last_begin
    }

    fn low(&self) -> Tick {
        self.first_end.min(self.last_begin)
    }

    fn high(&self) -> Tick {
        self.first_end.max(self.last_begin)
    }
}

/// Checks one register's history.
///
/// # Errors
/// Why it is not linearisable.
pub(crate) fn check(history: &[Operation]) -> Result<(), String> {
    let zones = zones(history)?;
    let (mut forward, backward): (Vec<_>, Vec<_>) = zones.into_iter().partition(Zone::is_forward);
    forward.sort_unstable_by_key(Zone::low);
    for pair in forward.windows(2) {
        if pair[1].low() < pair[0].high() {
            return Err(format!("both values were there at once: {} and {}", pair[0].told(), pair[1].told()));
        }
    }
    for zone in backward {
        // Forward zones do not overlap: only the last that begins before this one can hold it.
        let after = forward.partition_point(|other| other.low() < zone.low());
        if let Some(around) = after.checked_sub(1).map(|at| forward[at]).filter(|around| around.high() > zone.high()) {
            let (zone, around) = (zone.told(), around.told());
            return Err(format!("{zone} happened while the register had another value: {around}"));
        }
    }
    Ok(())
}

fn zones(history: &[Operation]) -> Result<Vec<Zone>, String> {
    let beginning = Operation { act: Act::Write, value: 0, begin: 0, end: Some(0) };
    let mut values: HashMap<Value, (Operation, Vec<Operation>)> = HashMap::from([(0, (beginning, Vec::new()))]);
    for write in history.iter().filter(|operation| operation.act == Act::Write) {
        if values.insert(write.value, (*write, Vec::new())).is_some() {
            return Err(format!("{} was written twice", write.value));
        }
    }
    // A read without an answer saw nothing.
    for read in history.iter().filter(|operation| operation.act == Act::Read && operation.end.is_some()) {
        let (write, reads) = values.get_mut(&read.value).ok_or_else(|| format!("nobody wrote {read:?}"))?;
        if read.end.is_some_and(|end| end < write.begin) {
            return Err(format!("{read:?} came before {write:?}"));
        }
        reads.push(*read);
    }
    // A write that nobody heard of and nobody saw may never have happened.
    let seen = values.into_values().filter(|(write, reads)| write.end.is_some() || !reads.is_empty());
    let zones = seen.map(|(write, reads)| {
        let all = || reads.iter().chain([&write]);
        let first_end = all().filter_map(|operation| operation.end).min().unwrap_or(Tick::MAX);
        let last_begin = all().map(|operation| operation.begin).max().unwrap_or(0);
        Zone { value: write.value, first_end, last_begin }
    });
    Ok(zones.collect())
}

#[cfg(test)]
#[path = "register/tests.rs"]
mod tests;
