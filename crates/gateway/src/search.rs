//! A search read from the query string: of one station (`cheapest`) or of a ranked list.

use posto_market::{Area, BoundingBox, Circle, Freshness, Position, Rank, TripCost};
use posto_wire::Search;
use posto_wire::command::coordinates_of;
use posto_wire::limits::DEFAULT_LIST;

use crate::fault::{Kind, Refusal};
use crate::fields::Fields;
use crate::parameters;
use crate::problem::Problem;
use crate::query::{self, Text};
use crate::series::Series;

/// The order asked for, without its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Price,
    Distance,
    Trip,
}

/// How an area is given.
const AREAS: &str = "radius with lat and lon, or bbox";

/// Reads the query of `GET /stations/cheapest`.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn cheapest(query: Option<&str>) -> Result<Search, Problem> {
    let mut given = query::read(query, parameters::CHEAPEST);
    let fuel = given.required("fuel", query::fuel);
    let area = circle(&mut given).map(Area::Circle);
    let freshness = freshness(&mut given);
    let order = order(&mut given, &[("price", Order::Price), ("trip", Order::Trip)]);
    let open = given.optional("open_now", query::flag);
    let suspects = given.optional("include_suspect", query::flag);
    let rank = rank(&mut given, order);
    let currency = given.optional("currency", query::currency);
    let search = fuel.zip(area).map(|(fuel, area)| Search {
        coordinates: area.centre().map(coordinates_of),
        freshness,
        rank,
        currency,
        open: open.unwrap_or(false),
        suspects: suspects.unwrap_or(false),
        ..Search::new(fuel, area)
    });
    given.finish(search)
}

/// Reads the query of `GET /stations`, and into `series` what a cursor in it says.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn list(query: Option<&str>, series: &mut Series) -> Result<Search, Problem> {
    let mut given = query::read(query, parameters::LIST);
    let fuel = given.required("fuel", query::fuel);
    let area = area(&mut given);
    let age = given.optional("max_age", query::max_age);
    let (pareto, brand) = (given.optional("pareto", query::flag), given.optional("brand", query::brand));
    let open = given.optional("open_now", query::flag);
    let suspects = given.optional("include_suspect", query::flag);
    let orders = [("price", Order::Price), ("distance", Order::Distance), ("trip", Order::Trip)];
    let order = order(&mut given, &orders);
    if given.has("bbox") && !given.has("lat") && !given.has("lon") {
        if order != Order::Price {
            given.refuse("rank", Refusal::new(Kind::Conflicting, "with bbox this order needs lat and lon"));
        }
        if pareto == Some(true) {
            given.refuse("pareto", Refusal::new(Kind::Conflicting, "with bbox this needs lat and lon"));
        }
    }
    let rank = rank(&mut given, order);
    let currency = given.optional("currency", query::currency);
    let limit = given.optional("limit", query::limit).unwrap_or(DEFAULT_LIST);
    let after = given.optional("cursor", |text| query::cursor(text, series));
    let settled = &series.settled;
    let search = fuel.zip(area).map(|(fuel, area)| Search {
        coordinates: area.centre().map(coordinates_of),
        freshness: age.unwrap_or_else(|| settled.freshness()),
        rank,
        currency: currency.or(settled.currency),
        brand,
        pareto: pareto.unwrap_or(false),
        open: open.unwrap_or(false),
        suspects: suspects.unwrap_or(false),
        limit,
        after,
        ..Search::new(fuel, area)
    });
    given.finish(search)
}

/// A circle or a box: which of the parameters must be there depends on the others.
pub(crate) fn area(given: &mut Fields<Text>) -> Option<Area> {
    let conflicting = |reason: &str| Refusal::new(Kind::Conflicting, reason).allowing(AREAS);
    match (given.has("radius"), given.has("bbox")) {
        (true, true) => {
            given.refuse("bbox", conflicting("give either radius or bbox, not both"));
            given.optional("radius", query::radius_km);
            boxed(given)
        }
        (false, true) => boxed(given),
        (true, false) => {
            let radius_km = given.optional("radius", query::radius_km);
            let centre = if given.has("lat") || given.has("lon") {
                centre(given)
            } else {
                given.refuse("lat", conflicting("missing"));
                given.refuse("lon", conflicting("missing"));
                None
            };
            Circle::new(centre?, radius_km?).map(Area::Circle)
        }
        (false, false) => {
            given.refuse("radius", conflicting("missing"));
            centre(given);
            None
        }
    }
}

/// The area, where one is given, and the point that distances are measured from, where one is: `lat` and
/// `lon` may also stand alone.
pub(crate) fn optional_area(given: &mut Fields<Text>) -> (Option<Area>, Option<Position>) {
    if given.has("radius") || given.has("bbox") {
        let area = area(given);
        return (area, area.and_then(|area| area.centre()));
    }
    (None, centre(given))
}

fn circle(given: &mut Fields<Text>) -> Option<Circle> {
    let radius_km = given.required("radius", query::radius_km);
    let latitude = given.required("lat", query::latitude);
    let longitude = given.required("lon", query::longitude);
    Circle::new(Position::from_degrees(latitude?, longitude?)?, radius_km?)
}

fn boxed(given: &mut Fields<Text>) -> Option<Area> {
    let bounds: Option<BoundingBox> = given.required("bbox", query::bounding_box);
    let centre = centre(given);
    Some(Area::Box { bounds: bounds?, centre })
}

/// Both of `lat` and `lon`, or neither.
fn centre(given: &mut Fields<Text>) -> Option<Position> {
    let (has_lat, has_lon) = (given.has("lat"), given.has("lon"));
    for (name, is_missing) in [("lat", !has_lat && has_lon), ("lon", has_lat && !has_lon)] {
        if is_missing {
            given.refuse(name, Refusal::new(Kind::Conflicting, "missing").allowing("lat and lon together"));
        }
    }
    let latitude = given.optional("lat", query::latitude);
    let longitude = given.optional("lon", query::longitude);
    Position::from_degrees(latitude?, longitude?)
}

pub(crate) fn freshness(given: &mut Fields<Text>) -> Freshness {
    given.optional("max_age", query::max_age).unwrap_or(Freshness::Preferred)
}

fn order(given: &mut Fields<Text>, orders: &[(&str, Order)]) -> Order {
    given.optional("rank", |text| query::choice(text, orders)).unwrap_or(Order::Price)
}

/// Litres and consumption are read whatever the order: a mistake in them is told, but only a trip
/// uses them.
fn rank(given: &mut Fields<Text>, order: Order) -> Rank {
    let litres = |text: &str| query::number(text, parameters::LITRES, parameters::LITRES_ALLOWED);
    let consumption = |text: &str| query::number(text, parameters::CONSUMPTIONS, parameters::CONSUMPTION_ALLOWED);
    let trip = TripCost {
        litres: given.optional("litres", litres).unwrap_or(TripCost::DEFAULT.litres),
        consumption: given.optional("consumption", consumption).unwrap_or(TripCost::DEFAULT.consumption),
    };
    match order {
        Order::Price => Rank::Price,
        Order::Distance => Rank::Distance,
        Order::Trip => Rank::Trip(trip),
    }
}
