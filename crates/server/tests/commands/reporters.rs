//! Whose report it is: believed of operators, kept in the journal, told to nobody (PROTOCOL §5.5).

use posto_client::ClientError;
use posto_market::{Fuel, StationWish};
use posto_wire::ErrorCode;
use posto_wire::command::{Report, Reporter, coordinates_of};
use rusqlite::Connection;

use crate::support::{Serving, at, options, price, record, soon};

fn report(reporter: Option<&str>, thousandths: u32) -> Report {
    let position = at(45.46, 9.19);
    let wish = StationWish {
        fuel: Fuel::Gasoline,
        position,
        station: None,
        radius_km: 0.0,
        new: false,
        name: None,
        brand: None,
    };
    let reporter = reporter.map(|text| Reporter::parse(text).expect("a reporter"));
    Report {
        wish,
        price: price(thousandths),
        coordinates: coordinates_of(position),
        id: None,
        reporter,
        cautious: false,
    }
}

fn origins(serving: &Serving) -> Vec<String> {
    let file = Connection::open(&serving.opening.path).expect("the journal's file");
    let mut statement = file.prepare("SELECT origin FROM reports ORDER BY sequence").expect("SQL");
    let origins = statement.query_map([], |row| row.get(0)).expect("rows").collect::<Result<_, _>>();
    origins.expect("texts")
}

#[tokio::test]
async fn an_operator_says_whose_report_it_is() {
    let serving = Serving::start();
    let client = serving.client().await;
    for (reporter, thousandths) in [(Some("token:ana"), 1), (Some("anon:9f86d081884c7d65"), 2), (None, 3)] {
        soon(client.report(report(reporter, thousandths))).await.unwrap();
    }
    let origins = origins(&serving);
    assert_eq!(origins[..2], ["token ana", "anon 9f86d081884c7d65"]);
    assert!(origins[2].starts_with("v2 127.0.0.1:"), "{origins:?}");
}

#[tokio::test]
async fn of_anyone_else_it_is_passed_over() {
    let directory = tempfile::tempdir().unwrap();
    let serving = Serving::with(options(directory.path()), "0.0.0.0:0");
    let client = serving.client().await;
    soon(client.report(report(Some("token:ana"), 4999))).await.unwrap();
    assert!(origins(&serving)[0].starts_with("v2 127.0.0.1:"));
    serving.stop().await.unwrap();
}

#[tokio::test]
async fn a_cautious_report_waits_for_a_second_reporter_and_no_token_is_cautious() {
    let serving = Serving::start();
    serving.put(record("it-1", at(45.46, 9.19), 1689));
    let client = serving.client().await;
    let cautious = |reporter, thousandths| Report { cautious: true, ..report(reporter, thousandths) };
    for reporter in [Some("anon:9f86d081884c7d65"), None] {
        let sent = cautious(reporter, if reporter.is_some() { 999 } else { 1200 });
        let ClientError::Refused(mistake) = soon(client.report(sent)).await.unwrap_err() else { panic!("not stored") };
        assert_eq!(mistake.code, ErrorCode::AguardaConfirmacao);
        assert_eq!(mistake.candidates[0].station.id, "it-1");
    }
    let agreed = soon(client.report(cautious(Some("anon:0000000000000000"), 1000))).await.unwrap();
    assert_eq!((agreed.station.as_str(), agreed.replaced, agreed.price), ("it-1", Some(1689), 1000));
    let token = soon(client.report(cautious(Some("token:ana"), 1500))).await.unwrap();
    assert_eq!(token.price, 1500);
}

#[tokio::test]
async fn one_report_from_two_addresses_is_one() {
    let serving = Serving::start();
    let client = serving.client().await;
    let named = |reporter| Report { id: Some("r1".to_owned()), ..report(Some(reporter), 4999) };
    let first = soon(client.report(named("anon:9f86d081884c7d65"))).await.unwrap();
    assert_eq!(soon(client.report(named("anon:0000000000000000"))).await.unwrap(), first);
    assert_eq!(origins(&serving).len(), 1);
}
