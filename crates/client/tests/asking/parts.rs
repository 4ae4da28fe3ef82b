//! Answers that come in parts, put together; and servers that never come to an end.

use std::time::Duration;

use posto_client::ClientError;
use posto_market::{Cursor, Fuel, Price, StationId};
use posto_udp::Reply;
use posto_wire::answer::{self, StationDetail, Stations};
use posto_wire::command::cursor_text;
use posto_wire::{Command, Search};

use crate::support::{Serving, a_search, facts, found, price_of, soon};

fn cursor(number: u32) -> Cursor {
    let id = StationId::parse(&format!("it-{number}")).expect("an id");
    Cursor { cost: f64::from(number), price: Price::MIN, distance_km: 0.0, id }
}

/// A list of this many stations, four a part.
fn list_of(stations: u32) -> impl Fn(Command, Reply) {
    move |command, reply| {
        let Command::List(Search { limit, after, .. }) = command else { panic!("{command:?}") };
        let first = after.map_or(1, |after| after.id.as_str()[3..].parse::<u32>().expect("a number") + 1);
        let count = u32::try_from(limit).expect("at most 200").min(4);
        let last = stations.min(first + count - 1);
        let next = (last < stations).then(|| cursor_text(&cursor(last)));
        reply.send(answer::ok(&Stations { stations: (first..=last).map(found).collect(), next }));
    }
}

fn limits(serving: &Serving) -> Vec<usize> {
    let limit = |request: posto_wire::Request| match request.command {
        Command::List(search) => search.limit,
        command => panic!("{command:?}"),
    };
    serving.seen.requests().into_iter().map(limit).collect()
}

#[tokio::test]
async fn a_list_is_put_together_up_to_what_was_wanted() {
    let serving = Serving::start(list_of(45));
    let page = soon(serving.client().await.list(a_search())).await.unwrap();
    assert_eq!(page.stations, (1..=20).map(found).collect::<Vec<_>>());
    assert_eq!(page.next, Some(cursor_text(&cursor(20))));
    assert_eq!(limits(&serving), [20, 16, 12, 8, 4]);
}

#[tokio::test]
async fn a_list_ends_where_the_stations_do() {
    let serving = Serving::start(list_of(45));
    let client = serving.client().await;
    let page = soon(client.list(Search { limit: 200, ..a_search() })).await.unwrap();
    assert_eq!(page.stations, (1..=45).map(found).collect::<Vec<_>>());
    assert_eq!(page.next, None);
    let page = soon(client.list(Search { limit: 200, after: Some(cursor(40)), ..a_search() })).await.unwrap();
    assert_eq!(page.stations, (41..=45).map(found).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_list_that_never_ends_is_left() {
    let next = cursor_text(&cursor(1));
    let serving = Serving::start(move |_, reply| {
        reply.send(answer::ok(&Stations { stations: Vec::new(), next: Some(next.clone()) }));
    });
    let page = soon(serving.client().await.list(a_search())).await.unwrap();
    assert_eq!(page.stations, []);
    assert_eq!(serving.seen.requests().len(), posto_client::limits::MAX_PAGES);
}

#[tokio::test]
async fn a_list_that_goes_on_nowhere_is_unreadable() {
    let serving = Serving::start(|_, reply| {
        reply.send(answer::ok(&Stations { stations: vec![found(1)], next: Some("nowhere".to_owned()) }));
    });
    let error = soon(serving.client().await.list(a_search())).await.unwrap_err();
    assert_eq!(error.to_string(), "the server's answer could not be read: proximo: nowhere");
}

/// A station of nine fuels, two a part.
fn nine_fuels(command: Command, reply: Reply) {
    let Command::Station { after, .. } = command else { panic!("{command:?}") };
    let left: Vec<_> = Fuel::ALL.into_iter().filter(|fuel| after.is_none_or(|after| *fuel > after)).collect();
    let next = left.get(1).filter(|_| left.len() > 2).map(|last| last.code().to_string());
    let prices = left.into_iter().take(2).map(price_of).collect();
    let address = Some("Via Roma 1".to_owned());
    reply.send(answer::ok(&StationDetail { opening: Default::default(), station: facts(1), address, prices, next }));
}

fn it_1() -> StationId {
    StationId::parse("it-1").expect("an id")
}

#[tokio::test]
async fn a_station_is_put_together_from_its_parts() {
    let serving = Serving::start(nine_fuels);
    let detail = soon(serving.client().await.station(it_1())).await.unwrap();
    assert_eq!(detail.prices, Fuel::ALL.map(price_of));
    assert_eq!((detail.address.as_deref(), detail.next), (Some("Via Roma 1"), None));
    assert_eq!(serving.seen.requests().len(), 5);
}

#[tokio::test]
async fn a_station_that_never_ends_is_left() {
    let serving = Serving::start(|_, reply| {
        let prices = vec![price_of(Fuel::Diesel)];
        let next = Some("0".to_owned());
        reply.send(answer::ok(&StationDetail {
            opening: Default::default(),
            station: facts(1),
            address: None,
            prices,
            next,
        }));
    });
    soon(serving.client().await.station(it_1())).await.unwrap();
    assert!(serving.seen.requests().len() <= Fuel::COUNT, "a part holds at least one fuel");
}

#[tokio::test]
async fn a_station_that_goes_on_nowhere_is_unreadable() {
    for next in ["nowhere", "9"] {
        let serving = Serving::start(move |_, reply| {
            let next = Some(next.to_owned());
            reply.send(answer::ok(&StationDetail {
                opening: Default::default(),
                station: facts(1),
                address: None,
                prices: Vec::new(),
                next,
            }));
        });
        let error = soon(serving.client().await.station(it_1())).await.unwrap_err();
        assert!(matches!(error, ClientError::Unreadable(_)), "{error}");
    }
}

/// All parts together take longer than the patience, none of them does.
#[tokio::test]
async fn patience_is_for_all_parts_together() {
    let slowly = |command: Command, reply: Reply| {
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            match &command {
                Command::List(_) => list_of(200)(command, reply),
                _ => nine_fuels(command, reply),
            }
        });
    };
    let serving = Serving::start(slowly);
    let patience = Duration::from_millis(700);
    let client = serving.client().await.with_patience(patience);
    let error = soon(client.station(it_1())).await.unwrap_err();
    assert!(matches!(error, ClientError::Deadline), "{error}");
    let client = serving.client().await.with_patience(patience);
    let error = soon(client.list(Search { limit: 200, ..a_search() })).await.unwrap_err();
    assert!(matches!(error, ClientError::Deadline), "{error}");
}
