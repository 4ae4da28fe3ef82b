//! Which changes a listener wants, and after which one: read from the query and from `Last-Event-ID`.

use axum::http::HeaderMap;
use posto_market::{Area, Fuel, Position};
use posto_wire::answer::PriceChange;

use super::ring::Place;
use crate::fault::Refusal;
use crate::parameters;
use crate::problem::Problem;
use crate::query;
use crate::search;

/// The header in which a client that comes back says what it heard last.
const LAST_EVENT_ID: &str = "last-event-id";

/// What a listener wants to hear.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wish {
    /// Only this fuel.
    fuel: Option<Fuel>,
    /// Only there.
    area: Option<Area>,
    /// From where distances are measured.
    centre: Option<Position>,
    /// What it heard last.
    pub(super) after: Option<Place>,
}

impl Wish {
    /// Reads the query and the headers of `GET /events`.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub(crate) fn read(query: Option<&str>, headers: &HeaderMap) -> Result<Self, Problem> {
        let mut given = query::read(query, parameters::EVENTS);
        let fuel = given.optional("fuel", query::fuel);
        let (area, centre) = search::optional_area(&mut given);
        given.finish(Some(()))?;
        Ok(Self { fuel, area, centre, after: last_event(headers)? })
    }

    /// Whether a change is wanted.
    pub(super) fn wants(&self, change: &PriceChange) -> bool {
        let of_fuel = self.fuel.is_none_or(|fuel| fuel.code() == change.fuel);
        of_fuel && self.area.is_none_or(|area| position(change).is_some_and(|position| is_in(&area, position)))
    }

    /// How far its station is, in metres; `None` where nobody said from where.
    pub(super) fn distance_m(&self, change: &PriceChange) -> Option<f64> {
        Some(self.centre?.distance_km(position(change)?) * 1000.0)
    }
}

fn position(change: &PriceChange) -> Option<Position> {
    Position::from_degrees(change.station.lat, change.station.lon)
}

fn is_in(area: &Area, position: Position) -> bool {
    match area {
        Area::Circle(circle) => circle.centre().distance_km(position) <= circle.radius_km(),
        Area::Box { bounds, .. } => bounds.contains(position),
    }
}

/// An empty one is what a client sends that has heard nothing.
fn last_event(headers: &HeaderMap) -> Result<Option<Place>, Problem> {
    let mut given = headers.get_all(LAST_EVENT_ID).iter().map(|id| id.to_str().unwrap_or("?"));
    match (given.next(), given.next()) {
        (None | Some(""), None) => Ok(None),
        (Some(id), None) if Place::parse(id).is_some() => Ok(Place::parse(id)),
        (id, _) => {
            let refusal = Refusal::unreadable("not an event's id", "the id of the last event that was heard, once");
            Err(Problem::from(("Last-Event-ID", id, refusal)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::ring::tests::change;
    use axum::http::HeaderValue;

    fn wish(query: &str) -> Wish {
        Wish::read(Some(query), &HeaderMap::new()).ok().unwrap()
    }

    #[test]
    fn only_what_is_asked_for_is_told() {
        // It is gasoline (2) at 45, 9.
        let change = change(1);
        for wanted in [
            "",
            "fuel=gasoline",
            "radius=1&lat=45&lon=9",
            "bbox=8,44,9,45",
            "fuel=2&bbox=179,-90,100,90",
            "lat=0&lon=0",
        ] {
            assert!(wish(wanted).wants(&change), "{wanted}");
        }
        for unwanted in ["fuel=diesel", "radius=1&lat=45.1&lon=9", "bbox=9.1,44,10,45", "fuel=diesel&bbox=8,44,9,45"] {
            assert!(!wish(unwanted).wants(&change), "{unwanted}");
        }
    }

    #[test]
    fn distances_are_told_from_where_one_is() {
        let change = change(1);
        assert_eq!(wish("").distance_m(&change), None);
        assert_eq!(wish("bbox=8,44,9,45").distance_m(&change), None);
        for from in ["lat=45&lon=9", "bbox=8,44,9,45&lat=45&lon=9", "radius=5&lat=45&lon=9"] {
            assert!(wish(from).distance_m(&change).unwrap() < 1.0, "{from}");
        }
    }

    #[test]
    fn what_was_heard_last_is_an_id_or_nothing() {
        let read = |ids: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for id in ids {
                headers.append(LAST_EVENT_ID, HeaderValue::from_static(id));
            }
            Wish::read(None, &headers).map(|wish| wish.after.map(|place| place.to_string()))
        };
        assert_eq!(read(&[]).ok(), Some(None));
        assert_eq!(read(&[""]).ok(), Some(None));
        assert_eq!(read(&["b.7"]).ok(), Some(Some("b.7".to_owned())));
        assert!(read(&["7"]).is_err() && read(&["b.7", "b.8"]).is_err());
    }
}
