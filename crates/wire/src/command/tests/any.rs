//! Any command that there can be, for property tests.

use super::*;

pub(super) fn any_fuel() -> impl Strategy<Value = Fuel> {
    proptest::sample::select(&Fuel::ALL[..])
}

pub(super) fn any_price() -> impl Strategy<Value = Price> {
    (1_u32..=market_limits::MAX_PRICE_THOUSANDTHS).prop_map(|number| Price::from_thousandths(number).unwrap())
}

pub(super) fn any_position() -> impl Strategy<Value = Position> {
    let degrees = (-90_000_000_i32..=90_000_000, -180_000_000_i32..=180_000_000);
    degrees.prop_map(|(latitude, longitude)| Position::from_microdegrees(latitude, longitude).unwrap())
}

pub(super) fn any_currency() -> impl Strategy<Value = Currency> {
    let letters = proptest::collection::vec(proptest::char::range('A', 'Z'), 3);
    letters.prop_map(|letters| Currency::from_code(&letters.into_iter().collect::<String>()).unwrap())
}

pub(super) fn any_id() -> impl Strategy<Value = String> {
    let characters: Vec<char> = ('a'..='z').chain('A'..='Z').chain('0'..='9').chain(['.', '_', '-']).collect();
    proptest::collection::vec(proptest::sample::select(characters), 1..=64)
        .prop_map(|characters| characters.into_iter().collect())
}

pub(super) fn any_station_id() -> impl Strategy<Value = StationId> {
    any_id().prop_map(|id| StationId::parse(&id).unwrap())
}

pub(super) fn any_label() -> impl Strategy<Value = Option<Label>> {
    any_text().prop_map(|text| Label::new(&text))
}

pub(super) fn maybe<T: std::fmt::Debug + Clone>(
    strategy: impl Strategy<Value = T>,
) -> impl Strategy<Value = Option<T>> {
    proptest::option::of(strategy)
}

/// A position and a text of it: `D` and `P` carry both.
pub(super) fn any_place() -> impl Strategy<Value = (Position, String)> {
    (any_position(), any::<bool>()).prop_map(|(position, spaced)| {
        let text = coordinates_of(position);
        (position, if spaced { text.replace(';', " ; ").replace('(', "( ") } else { text })
    })
}

pub(super) fn any_reporter() -> impl Strategy<Value = Reporter> {
    prop_oneof![
        any::<std::net::IpAddr>().prop_map(Reporter::at),
        any_id().prop_filter_map("too long for a token", |name| Reporter::parse(&format!("token:{name}"))),
    ]
}

pub(super) fn any_report() -> impl Strategy<Value = Report> {
    let radius_m = prop_oneof![Just(0.0), (0_u16..=1000).prop_map(f64::from), 0.0..1000.0];
    let wish = (any_fuel(), any_place(), maybe(any_station_id()), radius_m, any::<bool>(), any_label(), any_label());
    let whose = (maybe(any_reporter()), any::<bool>());
    (wish, any_price(), maybe(any_id()), whose).prop_map(|(wish, price, id, (reporter, cautious))| {
        let (fuel, (position, coordinates), station, radius_m, new, name, brand) = wish;
        let wish = StationWish { fuel, position, station, radius_km: radius_m / 1000.0, new, name, brand };
        Report { wish, price, coordinates, id, reporter, cautious }
    })
}

/// The same as v1 can say it.
pub(super) fn plain_report() -> impl Strategy<Value = Report> {
    any_report().prop_map(|report| {
        let exactly = StationWish { station: None, radius_km: 0.0, new: false, name: None, brand: None, ..report.wish };
        Report { wish: exactly, id: None, reporter: None, cautious: false, ..report }
    })
}

pub(super) fn any_radius() -> impl Strategy<Value = f64> {
    prop_oneof![(1_u16..=20_016).prop_map(f64::from), 0.001..100.0, Just(5e-324), Just(market_limits::MAX_RADIUS_KM)]
}

/// A box; every other one crosses the 180° meridian.
pub(super) fn any_box() -> impl Strategy<Value = BoundingBox> {
    (any_position(), any_position())
        .prop_filter_map("south is north of north", |(a, b)| BoundingBox::new(a, b).or_else(|| BoundingBox::new(b, a)))
}

pub(super) fn any_area() -> impl Strategy<Value = (Area, Option<String>)> {
    prop_oneof![
        (any_place(), any_radius())
            .prop_map(|((centre, text), km)| (Area::Circle(Circle::new(centre, km).unwrap()), Some(text))),
        (any_box(), maybe(any_place())).prop_map(|(bounds, place)| {
            let (centre, text) = place.unzip();
            (Area::Box { bounds, centre }, text)
        }),
    ]
}

pub(super) fn any_rank() -> impl Strategy<Value = Rank> {
    prop_oneof![
        Just(Rank::Price),
        Just(Rank::Distance),
        Just(Rank::Trip(TripCost::DEFAULT)),
        (0.1..=10_000.0, 0.0..=1_000.0).prop_map(|(litres, consumption)| Rank::Trip(TripCost { litres, consumption })),
    ]
}

pub(super) fn any_cursor() -> impl Strategy<Value = Cursor> {
    let numbers = (crate::testing::any_finite(), crate::testing::any_finite());
    (numbers, any_price(), any_station_id()).prop_map(|((cost, distance_km), price, id)| Cursor {
        cost,
        price,
        distance_km,
        id,
    })
}

pub(super) fn any_freshness() -> impl Strategy<Value = Freshness> {
    prop_oneof![
        Just(Freshness::Preferred),
        Just(Freshness::Any),
        (1_u64..=10_000_000_000).prop_map(|seconds| Freshness::AtMost(Duration::from_secs(seconds))),
    ]
}

pub(super) fn any_search() -> impl Strategy<Value = Search> {
    let order = (any_freshness(), any_rank(), maybe(any_currency()), 1..=MAX_LIST, maybe(any_cursor()));
    let filter = (any_label(), any::<bool>(), any::<bool>(), any::<bool>());
    (any_fuel(), any_area(), order, filter).prop_map(|(fuel, (area, coordinates), order, filter)| {
        let (freshness, rank, currency, limit, after) = order;
        let (brand, open, pareto, suspects) = filter;
        let rank = if area.centre().is_some() { rank } else { Rank::Price };
        let pareto = pareto && area.centre().is_some();
        Search { fuel, area, coordinates, freshness, rank, currency, brand, open, pareto, suspects, limit, after }
    })
}

/// The same as v1 can say it.
pub(super) fn plain_search() -> impl Strategy<Value = Search> {
    (any_fuel(), any_place(), any_radius()).prop_map(|(fuel, (centre, text), km)| Search {
        coordinates: Some(text),
        freshness: Freshness::Any,
        suspects: true,
        limit: 1,
        ..Search::new(fuel, Area::Circle(Circle::new(centre, km).unwrap()))
    })
}

pub(super) fn any_quote() -> impl Strategy<Value = Quote> {
    let money = (any_price(), any_currency(), proptest::sample::select(&Unit::ALL[..]));
    let at = (-62_135_596_800_000_i64..=253_402_207_200_999).prop_map(Timestamp::from_millis);
    (money, maybe(at), maybe(any_place())).prop_map(|((price, currency, unit), reported_at, place)| Quote {
        price,
        currency,
        unit,
        reported_at,
        coordinates: place.map(|(_, text)| text.into()),
    })
}

pub(super) fn any_import() -> impl Strategy<Value = ImportedStation> {
    let station = (any_station_id(), any_position(), any_label(), any_label(), any_label(), any_label());
    let fuels = proptest::sample::subsequence(&Fuel::ALL[..], 0..=Fuel::COUNT);
    let prices = fuels.prop_flat_map(|fuels| {
        let quotes = proptest::collection::vec(any_quote(), fuels.len());
        quotes.prop_map(move |quotes| {
            let prices = fuels.iter().zip(quotes).map(|(fuel, quote)| ImportedPrice { fuel: *fuel, quote });
            prices.collect::<Vec<_>>()
        })
    });
    let at = (-62_135_596_800_000_i64..=253_402_207_200_999).prop_map(Timestamp::from_millis);
    let ended = proptest::collection::btree_map(proptest::sample::select(&Fuel::ALL[..]), at, 0..=Fuel::COUNT);
    let ended = ended.prop_map(|ended| ended.into_iter().map(|(fuel, at)| EndedPrice { fuel, at }).collect());
    let hours = maybe("[ -~]{0,99}").prop_map(|hours| hours.as_deref().and_then(OpeningHours::new));
    let facts = (hours, maybe(proptest::sample::select(&Service::ALL[..])), maybe(any::<bool>()));
    (station, facts, prices, ended).prop_map(|(station, (hours, service, members_only), prices, ended)| {
        let (id, position, name, brand, address, source) = station;
        let station = Station { name, brand, address, source, ..Station::at(id, position) };
        ImportedStation { station: Station { hours, service, members_only, ..station }, prices, ended }
    })
}

pub(super) fn any_command() -> impl Strategy<Value = Command> {
    prop_oneof![
        any_report().prop_map(Command::Report),
        any_search().prop_map(|search| Command::Cheapest(Search { limit: 1, ..search })),
        any_search().prop_map(Command::List),
        (any_station_id(), maybe(any_fuel())).prop_map(|(id, after)| Command::Station { id, after }),
        survey::any_map().prop_map(Command::Map),
        survey::any_history().prop_map(Command::History),
        survey::any_survey().prop_map(Command::Statistics),
        changes::any_changes().prop_map(Command::Changes),
        Just(Command::Time),
        any_import().prop_map(|record| Command::Import(Box::new(record))),
        moderation::any_flag(),
        moderation::any_order(),
        moderation::any_oversight(),
    ]
}
