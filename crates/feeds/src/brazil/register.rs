//! Where the surveyed stations are: the agency's register and OpenStreetMap pass by and leave
//! places.

use std::collections::HashMap;
use std::io::BufRead;

use posto_market::Position;
use serde_json::{Map, Value};

use super::survey::{Cnpj, Surveyed};
use super::{COUNTRY, REGISTER_FILE, names};
use crate::error::FeedError;
use crate::json_array::JsonArray;
use crate::limits::MAX_ENRICH_METRES;
use crate::osm;
use crate::report::{Reason, Refusal};
use crate::summary::Summary;

/// Whether a reply of the agency's register has no retailers: it is past the last page.
///
/// # Errors
/// Those of reading it.
pub(super) fn is_empty(page: &mut dyn BufRead) -> Result<bool, FeedError> {
    Ok(JsonArray::open(page, REGISTER_FILE, &["data"])?.next_element()?.is_none())
}

/// The surveyed stations with the places found so far.
pub(super) struct Placed {
    stations: Vec<Surveyed>,
    found: Vec<Found>,
    by_cnpj: HashMap<Cnpj, usize>,
    /// `None` where several surveyed stations have one name in one municipality.
    by_name: HashMap<String, Option<usize>>,
    refused: usize,
}

/// What is known of one station's place, best first.
#[derive(Default)]
struct Found {
    register: Option<Position>,
    osm: Option<Position>,
    named: Named,
}

/// The places of OpenStreetMap that have a station's name in its municipality.
#[derive(Default, Clone, Copy)]
enum Named {
    #[default]
    Nowhere,
    At(Position),
    Several,
}

impl Placed {
    pub(super) fn new(stations: Vec<Surveyed>) -> Self {
        let by_cnpj = stations.iter().enumerate().map(|(index, station)| (station.cnpj, index)).collect();
        let mut by_name = HashMap::new();
        for (index, station) in stations.iter().enumerate() {
            if let Some(key) = names::key(&station.name, &station.town) {
                by_name.entry(key).and_modify(|known| *known = None).or_insert(Some(index));
            }
        }
        let found = std::iter::repeat_with(Found::default).take(stations.len()).collect();
        Self { stations, found, by_cnpj, by_name, refused: 0 }
    }

    /// One reply of the agency's register.
    ///
    /// # Errors
    /// Those of reading it.
    pub(super) fn read_register(&mut self, input: impl BufRead, summary: &mut Summary) -> Result<(), FeedError> {
        let mut array = JsonArray::open(input, REGISTER_FILE, &["data"])?;
        while let Some(element) = array.next_element()? {
            summary.count_row(REGISTER_FILE);
            summary.station_rows += 1;
            if let Err(refusal) = self.retailer(&element.members.unwrap_or_default()) {
                self.refused += 1;
                summary.skipped.add(&refusal, REGISTER_FILE, element.line);
            }
        }
        Ok(())
    }

    /// One file of OpenStreetMap.
    ///
    /// # Errors
    /// Those of reading it.
    pub(super) fn read_osm(&mut self, input: impl BufRead, summary: &mut Summary) -> Result<(), FeedError> {
        let mut places = osm::Places::open(input, osm::FILE)?;
        loop {
            let refused = summary.skipped.total();
            let next = places.next_station(&mut summary.skipped)?;
            let refused = summary.skipped.total() - refused;
            summary.station_rows += refused;
            self.refused += refused;
            let Some((element, position)) = next else { break };
            summary.count_row(osm::FILE);
            summary.station_rows += 1;
            if let Err(refusal) = self.element(&element, position) {
                self.refused += 1;
                summary.skipped.add(&refusal, osm::FILE, element.line);
            }
        }
        summary.not_stations += places.others();
        Ok(())
    }

    /// Whether the files have places for the survey's stations.
    ///
    /// # Errors
    /// [`FeedError::Corrupt`] where they have none for any of them.
    pub(super) fn check(&self) -> Result<(), FeedError> {
        if self.stations.is_empty() || self.found.iter().any(|found| found.place().is_some()) {
            return Ok(());
        }
        let problem = format!(
            "none of the {} stations of the survey is here: is it another country's or state's file?",
            self.stations.len()
        );
        Err(FeedError::Corrupt { file: REGISTER_FILE, line: 1, problem })
    }

    /// How many rows of the registers were refused.
    pub(super) const fn refused(&self) -> usize {
        self.refused
    }

    /// The stations with their places, in the order of the survey.
    pub(super) fn into_stations(self) -> Vec<Surveyed> {
        let mut stations = self.stations;
        for (station, found) in stations.iter_mut().zip(self.found) {
            station.place = found.place();
        }
        stations
    }

    /// A retailer of the register. One without prices is nobody's fault, whatever it lacks.
    fn retailer(&mut self, members: &Map<String, Value>) -> Result<(), Refusal> {
        let text = |name: &str| match members.get(name) {
            Some(Value::String(text)) => text.trim().to_owned(),
            None | Some(Value::Null) => String::new(),
            Some(other) => other.to_string(),
        };
        let cnpj = text("cnpj");
        let number = Cnpj::parse(&cnpj).ok_or_else(|| Refusal::of(Reason::StationNumber, "cnpj", &cnpj))?;
        let Some(found) = self.by_cnpj.get(&number).and_then(|index| self.found.get_mut(*index)) else { return Ok(()) };
        let (latitude, longitude) = (text("latitude"), text("longitude"));
        let degrees = |text: &str| text.replace(',', ".").parse::<f64>().ok();
        let position = COUNTRY.position(degrees(&latitude).zip(degrees(&longitude)));
        let position = position.map_err(|reason| Refusal {
            reason,
            found: format!("cnpj {cnpj:?}, latitude {latitude:?}, longitude {longitude:?}"),
        })?;
        found.register.get_or_insert(position);
        Ok(())
    }

    /// A station of OpenStreetMap.
    fn element(&mut self, element: &osm::Element, position: Position) -> Result<(), Refusal> {
        let checked = || {
            let inside = COUNTRY.position(Some((position.latitude(), position.longitude())));
            inside.map_err(|reason| Refusal { reason, found: format!("{element} at {position}") })
        };
        if let Some(cnpj) = osm::cnpj(element).and_then(|text| Cnpj::parse(&text)) {
            if let Some(found) = self.by_cnpj.get(&cnpj).and_then(|index| self.found.get_mut(*index)) {
                found.osm.get_or_insert(checked()?);
            }
            return Ok(());
        }
        let town = element.tag("addr:city").unwrap_or_default();
        let named = ["name", "official_name", "operator"].into_iter().filter_map(|key| element.tag(key));
        let keys = named.filter_map(|name| names::key(name, town));
        let mut indices: Vec<_> = keys.filter_map(|key| self.by_name.get(&key).copied().flatten()).collect();
        indices.dedup();
        if let [index] = indices.as_slice()
            && let Some(found) = self.found.get_mut(*index)
        {
            found.named = found.named.and(checked()?);
        }
        Ok(())
    }
}

impl Found {
    fn place(&self) -> Option<Position> {
        let named = match self.named {
            Named::At(position) => Some(position),
            Named::Nowhere | Named::Several => None,
        };
        self.register.or(self.osm).or(named)
    }
}

impl Named {
    /// A station that is drawn twice, as a point and an outline, is still one.
    fn and(self, position: Position) -> Self {
        match self {
            Self::Nowhere => Self::At(position),
            Self::At(known) if known.distance_km(position) * 1000.0 <= MAX_ENRICH_METRES => self,
            Self::At(_) | Self::Several => Self::Several,
        }
    }
}
