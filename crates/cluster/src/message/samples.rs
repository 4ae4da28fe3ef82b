//! Entries of all kinds, for tests.

use posto_market::{
    Act, Currency, EndedPrice, FlagReason, Fuel, ImportedPrice, ImportedStation, Label, OpeningHours, Position, Price,
    Quote, Service, Station, StationId, StationWish, Timestamp, Unit,
};
use posto_store::{Entry, Flag, Moderation, Origin, Report, ReportId, SeedRecord};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

/// Any entry.
pub(crate) fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        report().prop_map(Entry::Report),
        (record(), origin()).prop_map(|(record, origin)| Entry::Import(Box::new(record), origin)),
        flag().prop_map(Entry::Flag),
        order().prop_map(|order| Entry::Moderate(Box::new(order))),
        vec(seed(), 0..4).prop_map(Entry::Seed),
    ]
}

fn report() -> impl Strategy<Value = Report> {
    let said = (price(), option::of(currency()), option::of(".{0,20}"), option::of(id()));
    (wish(), said, origin(), option::of(".{1,16}")).prop_map(
        |(wish, (price, currency, coordinates, id), origin, witness)| Report {
            wish,
            price,
            currency,
            coordinates,
            id,
            origin,
            witness,
        },
    )
}

fn wish() -> impl Strategy<Value = StationWish> {
    let labels = (option::of(label()), option::of(label()));
    (fuel(), position(), option::of(station_id()), 0..50_000_u32, any::<bool>(), labels).prop_map(
        |(fuel, position, station, metres, new, (name, brand))| StationWish {
            fuel,
            position,
            station,
            radius_km: f64::from(metres) / 1000.0,
            new,
            name,
            brand,
        },
    )
}

fn id() -> impl Strategy<Value = ReportId> {
    (".{1,16}", any::<[u8; 32]>()).prop_map(|(key, digest)| ReportId::new(key, digest).unwrap())
}

fn record() -> impl Strategy<Value = ImportedStation> {
    let ended = (fuel(), time()).prop_map(|(fuel, at)| EndedPrice { fuel, at });
    let price = (fuel(), quote()).prop_map(|(fuel, quote)| ImportedPrice { fuel, quote });
    (station(), vec(price, 0..4), vec(ended, 0..3)).prop_map(|(station, prices, ended)| ImportedStation {
        station,
        prices,
        ended,
    })
}

fn station() -> impl Strategy<Value = Station> {
    let label = || option::of(label());
    let hours = option::of(".{1,20}").prop_map(|text| text.and_then(|text| OpeningHours::new(&text)));
    let more = (hours, option::of(select(Service::ALL.to_vec())), option::of(any::<bool>()));
    (station_id(), position(), (label(), label(), label(), label()), more).prop_map(
        |(id, position, (name, brand, address, source), (hours, service, members_only))| Station {
            name,
            brand,
            address,
            source,
            hours,
            service,
            members_only,
            ..Station::at(id, position)
        },
    )
}

fn quote() -> impl Strategy<Value = Quote> {
    (price(), currency(), select(Unit::ALL.to_vec()), option::of(time()), option::of(".{0,20}")).prop_map(
        |(price, currency, unit, reported_at, coordinates)| Quote {
            price,
            currency,
            unit,
            reported_at,
            coordinates: coordinates.map(Into::into),
        },
    )
}

fn flag() -> impl Strategy<Value = Flag> {
    (station_id(), select(FlagReason::ALL.to_vec()), option::of(fuel()), option::of(label()), ".{1,20}")
        .prop_map(|(station, reason, fuel, note, origin)| Flag { station, reason, fuel, note, origin })
}

fn order() -> impl Strategy<Value = Moderation> {
    let act = prop_oneof![
        (station_id(), fuel()).prop_map(|(station, fuel)| Act::End { station, fuel }),
        station_id().prop_map(|station| Act::Hide { station }),
        station_id().prop_map(|station| Act::Show { station }),
        (station_id(), station_id()).prop_map(|(from, into)| Act::Merge { from, into }),
        (".{1,20}", time()).prop_map(|(origin, since)| Act::Withdraw { origin, since }),
        station_id().prop_map(|station| Act::Dismiss { station }),
    ];
    (act, option::of(label()), option::of(".{1,20}"), ".{1,20}", any::<bool>())
        .prop_map(|(act, reason, operator, session, dry_run)| Moderation { act, reason, operator, session, dry_run })
}

fn seed() -> impl Strategy<Value = SeedRecord> {
    (fuel(), price(), position(), ".{0,20}", option::of(label()))
        .prop_map(|(fuel, price, position, coordinates, name)| SeedRecord { fuel, price, position, coordinates, name })
}

fn fuel() -> impl Strategy<Value = Fuel> {
    select(Fuel::ALL.to_vec())
}

fn price() -> impl Strategy<Value = Price> {
    (Price::MIN.thousandths()..=Price::MAX.thousandths()).prop_map(|price| Price::from_thousandths(price).unwrap())
}

fn currency() -> impl Strategy<Value = Currency> {
    "[A-Z]{3}".prop_filter_map("a currency", |code| Currency::from_code(&code))
}

fn position() -> impl Strategy<Value = Position> {
    (-90_000_000..=90_000_000, -180_000_000..=180_000_000)
        .prop_filter_map("a position", |(latitude, longitude)| Position::from_microdegrees(latitude, longitude))
}

fn station_id() -> impl Strategy<Value = StationId> {
    "[A-Za-z0-9._-]{1,64}".prop_filter_map("an id", |id| StationId::parse(&id))
}

fn label() -> impl Strategy<Value = Label> {
    ".{1,12}".prop_filter_map("a label", |text| Label::new(&text))
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_millis)
}

fn origin() -> impl Strategy<Value = Origin> {
    prop_oneof![
        Just(Origin::Seed),
        ".{0,20}".prop_map(Origin::V1),
        ".{0,20}".prop_map(Origin::V2),
        ".{0,20}".prop_map(Origin::Key),
        ".{0,20}".prop_map(Origin::Token),
        ".{0,20}".prop_map(Origin::Anonymous),
        ".{0,20}".prop_map(Origin::Feed),
    ]
}
