//! A real server killed with SIGKILL in the middle of writes, again and again: what it
//! acknowledged is there after the restart, and what was sent twice is there once.
//!
//! A killed process leaves its unsynced pages in the system's cache, so this cannot show a missing
//! sync; `posto-store`'s crash tests on a disk that forgets do.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use posto_client::{Client, ConnectOptions};
use posto_market::{Fuel, Position, Price, StationId, StationWish, geohash};
use posto_tests::http::{get, post};
use posto_tests::process::Serving;
use posto_tests::random::Random;
use posto_wire::command::{Report, coordinates_of};

const ROUNDS: u64 = 50;
const WRITERS: usize = 8;

#[test]
fn fifty_kills_in_the_middle_of_writes_lose_nothing_acknowledged() {
    let data = tempfile::tempdir().expect("a directory");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let ledger = Arc::new(Ledger::default());
    let mut random = Random::new(2026);
    let mut checked = 0;
    for _ in 0..ROUNDS {
        let serving = Serving::serve(data.path(), &["--seed", "none"]);
        let server = serving.udp();
        checked = runtime.block_on(check(server, &ledger, checked));
        let writers: Vec<_> =
            (0..WRITERS).map(|writer| runtime.spawn(write(server, Arc::clone(&ledger), writer))).collect();
        std::thread::sleep(Duration::from_millis(20 + random.below(150)));
        serving.kill();
        runtime.block_on(async {
            for writer in writers {
                writer.await.expect("a writer ends without a panic");
            }
        });
    }
    let serving = Serving::serve(data.path(), &["--seed", "none"]);
    let checked = runtime.block_on(check(serving.udp(), &ledger, 0));
    assert!(checked > 500, "only {checked} reports were acknowledged: the test says too little");
    serving.terminate();
    each_report_is_there_once(data.path());
    eprintln!("{checked} reports acknowledged over {ROUNDS} kills, all there");
}

/// What was acknowledged, and what each writer sent last without an answer.
#[derive(Default)]
struct Ledger {
    acknowledged: Mutex<Vec<Report>>,
    unanswered: Mutex<[Option<Report>; WRITERS]>,
    made: std::sync::atomic::AtomicU32,
}

impl Ledger {
    /// A report of a place of its own.
    fn next(&self) -> Report {
        let number = self.made.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let east = i32::try_from(number).expect("not that many");
        let position = Position::from_microdegrees(-22_000_000, east * 2_000).expect("a position");
        let wish = StationWish {
            fuel: Fuel::Gasoline,
            position,
            station: None,
            radius_km: 0.0,
            new: false,
            name: None,
            brand: None,
        };
        let price = Price::from_thousandths(number % 999_999 + 1).expect("a price");
        Report {
            wish,
            price,
            coordinates: coordinates_of(position),
            id: Some(format!("report-{number}")),
            reporter: None,
            cautious: false,
        }
    }
}

/// Reports until the server is gone. What the last killed server left unanswered goes first, with
/// the same id: it may have been stored.
async fn write(server: SocketAddr, ledger: Arc<Ledger>, writer: usize) {
    let options = ConnectOptions { timeout: Duration::from_millis(300), ..ConnectOptions::default() };
    let Ok(client) = Client::connect(server, options).await else { return };
    let client = client.with_patience(Duration::from_millis(300));
    loop {
        let unanswered = ledger.unanswered.lock().expect("no panic")[writer].take();
        let report = unanswered.unwrap_or_else(|| ledger.next());
        match client.report(report.clone()).await {
            Ok(_) => ledger.acknowledged.lock().expect("no panic").push(report),
            Err(_) => {
                ledger.unanswered.lock().expect("no panic")[writer] = Some(report);
                return;
            }
        }
    }
}

/// Asks for every acknowledged report from the given one on; returns how many there are.
async fn check(server: SocketAddr, ledger: &Ledger, from: usize) -> usize {
    let acknowledged = ledger.acknowledged.lock().expect("no panic").clone();
    let client = Client::connect(server, ConnectOptions::default()).await.expect("the server is there");
    for report in &acknowledged[from..] {
        let id = StationId::parse(&geohash(report.wish.position)).expect("an id");
        let station = client.station(id).await.unwrap_or_else(|error| panic!("{report:?} is lost: {error}"));
        assert_eq!(station.prices.len(), 1);
        assert_eq!(station.prices[0].price, report.price.thousandths(), "{report:?}");
    }
    client.close().await;
    acknowledged.len()
}

fn each_report_is_there_once(data: &std::path::Path) {
    let database = rusqlite::Connection::open(data.join("posto.db")).expect("users can open the file");
    let twice = "SELECT count(*) FROM (SELECT station FROM reports GROUP BY station HAVING count(*) > 1)";
    let count: i64 = database.query_row(twice, [], |row| row.get(0)).expect("a count");
    assert_eq!(count, 0, "{count} reports were executed twice");
}

#[test]
fn a_price_acknowledged_over_http_survives_a_kill() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    let body = r#"{"fuel": "ethanol", "price": 1.234, "lat": 10.5, "lon": 20.25}"#;
    let reported = post(up.http(), "/stations", "", body);
    assert_eq!(reported.status, 201, "{}", reported.text());
    let location = reported.header("location").expect("a location").to_owned();
    up.kill();
    let up = Serving::up(data.path(), &[]);
    let station = get(up.http(), &location);
    assert_eq!(station.status, 200, "{}", station.text());
    assert_eq!(station.json()["prices"][0]["price"].to_string(), "1.234");
}

#[test]
fn a_second_server_on_the_same_directory_says_who_has_it() {
    let data = tempfile::tempdir().expect("a directory");
    let _first = Serving::serve(data.path(), &[]);
    let mut second = posto_tests::process::posto(["serve", "--udp", "127.0.0.1:0", "--data"]);
    let output = posto_tests::process::run(second.arg(data.path()), "", Duration::from_secs(10));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(output.stdout.is_empty(), "nothing was bound");
    assert_eq!(said.lines().count(), 1, "one clear line: {said}");
    assert!(said.contains("in use by"), "{said}");
}
