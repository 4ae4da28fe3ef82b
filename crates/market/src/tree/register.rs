//! Everything about a tree's stations that no search ranks by, packed: a station is put together
//! only for an answer. With one allocation and five texts each, a million took half a gigabyte.

use std::collections::HashMap;

use crate::hours::OpeningHours;
use crate::number::{index, long, place, short};
use crate::position::Position;
use crate::station::{Label, Service, Station, StationId};

/// Between a name and an address; no label holds it.
const SEPARATOR: char = '\n';

/// Where in a row's `text` the start of its text begins, above the length.
const START_SHIFT: u32 = 16;

/// The stations, in an order that whoever holds the register knows.
#[derive(Debug, Default)]
pub(crate) struct Register {
    rows: Vec<Row>,
    /// Names and addresses.
    texts: String,
    kinds: Vec<Kind>,
}

#[derive(Debug)]
struct Row {
    id: StationId,
    position: Position,
    slot: u32,
    kind: u32,
    /// Where its name and address are among the texts, and how long.
    text: u64,
}

/// What many stations share.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Kind {
    brand: Option<Label>,
    source: Option<Label>,
    hours: Option<OpeningHours>,
    service: Option<Service>,
    members_only: Option<bool>,
}

/// A register being filled.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    register: Register,
    known: HashMap<Kind, u32>,
}

impl Register {
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn id(&self, at: usize) -> &StationId {
        &self.rows[at].id
    }

    pub(crate) fn position(&self, at: usize) -> Position {
        self.rows[at].position
    }

    pub(crate) fn slot(&self, at: usize) -> u32 {
        self.rows[at].slot
    }

    pub(crate) fn brand(&self, at: usize) -> Option<&Label> {
        self.kind(at).and_then(|kind| kind.brand.as_ref())
    }

    pub(crate) fn station(&self, at: usize) -> Station {
        let row = &self.rows[at];
        let plain = Station::at(row.id.clone(), row.position);
        let Some(kind) = self.kind(at).cloned() else { return plain };
        let (name, address) = self.text(row).split_once(SEPARATOR).unwrap_or_default();
        let label = |text: &str| (!text.is_empty()).then(|| Label::again(text));
        Station {
            name: label(name),
            address: label(address),
            brand: kind.brand,
            source: kind.source,
            hours: kind.hours,
            service: kind.service,
            members_only: kind.members_only,
            ..plain
        }
    }

    fn kind(&self, at: usize) -> Option<&Kind> {
        self.kinds.get(index(self.rows[at].kind))
    }

    fn text(&self, row: &Row) -> &str {
        let (start, length) = (place(row.text >> START_SHIFT), place(row.text & ((1 << START_SHIFT) - 1)));
        self.texts.get(start..start + length).unwrap_or_default()
    }
}

impl Entries {
    pub(crate) fn with_capacity(stations: usize) -> Self {
        let rows = Vec::with_capacity(stations);
        Self { register: Register { rows, ..Register::default() }, known: HashMap::new() }
    }

    pub(crate) fn push(&mut self, station: &Station, slot: u32) {
        let row = self.row(station, slot);
        self.register.rows.push(row);
    }

    /// Another station in the place of one; the former's texts stay, unused.
    pub(crate) fn replace(&mut self, at: usize, station: &Station) {
        let slot = self.register.slot(at);
        self.register.rows[at] = self.row(station, slot);
    }

    /// The same as [`Entries::push`] without putting the station together; `kinds` remembers what
    /// the other register's kinds are in this one.
    pub(crate) fn push_from(&mut self, other: &Register, at: usize, kinds: &mut HashMap<u32, u32>) {
        let row = &other.rows[at];
        let text = self.write([other.text(row)]);
        let kind = match kinds.get(&row.kind) {
            Some(kind) => *kind,
            None => other.kind(at).cloned().map_or(u32::MAX, |kind| self.kind(kind)),
        };
        kinds.insert(row.kind, kind);
        self.register.rows.push(Row { id: row.id.clone(), position: row.position, slot: row.slot, kind, text });
    }

    pub(crate) const fn register(&self) -> &Register {
        &self.register
    }

    pub(crate) fn finish(self) -> Register {
        let mut register = self.register;
        register.texts.shrink_to_fit();
        register.kinds.shrink_to_fit();
        register
    }

    fn row(&mut self, station: &Station, slot: u32) -> Row {
        let label = |label: &Option<Label>| label.clone().map_or_else(String::new, |label| label.as_str().to_owned());
        let (name, address) = (label(&station.name), label(&station.address));
        let empty = name.is_empty() && address.is_empty();
        let text = if empty { 0 } else { self.write([&name, "\n", &address]) };
        let kind = self.kind(Kind {
            brand: station.brand.clone(),
            source: station.source.clone(),
            hours: station.hours.clone(),
            service: station.service,
            members_only: station.members_only,
        });
        Row { id: station.id.clone(), position: station.position, slot, kind, text }
    }

    fn kind(&mut self, kind: Kind) -> u32 {
        if let Some(known) = self.known.get(&kind) {
            return *known;
        }
        let number = short(self.register.kinds.len());
        self.register.kinds.push(kind.clone());
        self.known.insert(kind, number);
        number
    }

    fn write<const PARTS: usize>(&mut self, parts: [&str; PARTS]) -> u64 {
        let start = self.register.texts.len();
        parts.into_iter().for_each(|part| self.register.texts.push_str(part));
        long(start) << START_SHIFT | long(self.register.texts.len() - start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_station() -> impl Strategy<Value = Station> {
        let label = || proptest::option::of("[a-c é]{1,90}").prop_map(|text| text.and_then(|text| Label::new(&text)));
        (0_u16..999, label(), label(), label(), label(), proptest::option::of(any::<bool>())).prop_map(
            |(number, name, brand, address, source, members_only)| {
                let id = StationId::parse(&format!("s{number}")).unwrap();
                let position = Position::from_microdegrees(i32::from(number), 7).unwrap();
                Station { name, brand, address, source, members_only, ..Station::at(id, position) }
            },
        )
    }

    proptest! {
        #[test]
        fn a_station_comes_back_as_it_was(stations in proptest::collection::vec(any_station(), 1..40)) {
            let mut entries = Entries::default();
            entries.push(&stations[0], 0);
            stations.iter().zip(0..).for_each(|(station, slot)| entries.push(station, slot));
            entries.replace(0, &stations[stations.len() - 1]);
            let first = entries.finish();
            let mut copy = Entries::default();
            let mut kinds = HashMap::new();
            (0..first.len()).rev().for_each(|at| copy.push_from(&first, at, &mut kinds));
            let copy = copy.finish();
            for (at, station) in stations.iter().enumerate() {
                prop_assert_eq!(&first.station(at + 1), station);
                prop_assert_eq!(&copy.station(stations.len() - 1 - at), station);
                prop_assert_eq!(copy.brand(stations.len() - 1 - at), station.brand.as_ref());
            }
            prop_assert_eq!(&first.station(0), &stations[stations.len() - 1]);
        }
    }
}
