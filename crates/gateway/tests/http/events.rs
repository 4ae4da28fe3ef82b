//! `GET /events`: what opens a stream and what does not, its seats, and its end.

use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, StatusCode};
use futures_util::StreamExt as _;
use posto_client::{Pool, PoolOptions};
use posto_gateway::limits::{EVENTS_KEPT, MAX_LISTENERS_PER_ADDRESS};
use posto_gateway::{Options, State, answer, app};
use posto_wire::answer::{Changes, OpeningFacts, PriceChange};
use posto_wire::{Command, ErrorCode, Value};

use crate::support::{Gateway, friendly, mitai, ok, refuse};

fn change(position: u64, price: Option<u32>) -> PriceChange {
    PriceChange {
        position,
        station: mitai(),
        fuel: 2,
        price,
        currency: "BRL".to_owned(),
        unit: "l".to_owned(),
        at: Some("2026-01-02T03:04:05Z".to_owned()),
        stale: false,
        suspect: false,
        opening: OpeningFacts::default(),
    }
}

/// A server with a price, its end, and nothing after; it stands at position 7.
fn changing(command: &Command) -> Option<Value> {
    let Command::Changes(request) = command else { return friendly(command) };
    let changes = |position, changes| Changes { book: "b".to_owned(), position, changes, from: Some(5), resync: false };
    match request.after.as_ref().map(|place| place.position) {
        None => ok(&changes(7, Vec::new())),
        Some(5) => ok(&changes(7, vec![change(6, Some(4999)), change(7, None)])),
        Some(_) => None, // it waits for ever
    }
}

fn request(target: &str) -> axum::http::request::Builder {
    Request::get(target)
}

async fn open(gateway: &Gateway, request: axum::http::request::Builder) -> Response<Body> {
    answer(gateway.app.clone(), request.body(Body::empty()).unwrap()).await
}

async fn text(stream: &mut BodyDataStream) -> String {
    let chunk = tokio::time::timeout(Duration::from_secs(5), stream.next()).await.expect("in time");
    String::from_utf8(chunk.expect("the stream goes on").unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn a_stream_says_where_it_begins_and_tells_prices_and_ends() {
    let gateway = Gateway::before(changing);
    let response = open(&gateway, request("/events?lat=-22.2&lon=-54.7").header("last-event-id", "b.5")).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert!(!response.headers().contains_key("content-encoding"));
    let mut stream = response.into_body().into_data_stream();
    assert_eq!(text(&mut stream).await, ": listening\nretry: 2000\nid: b.5\n\n");
    let price = text(&mut stream).await;
    assert!(price.starts_with("event: price\ndata: {\"id\":\"6u119g3j6uk1\""), "{price}");
    assert!(price.contains("\"price\":4.999") && price.ends_with("\nid: b.6\n\n"), "{price}");
    let ended = text(&mut stream).await;
    let whole = "\"fuel\":\"gasoline\",\"price\":null,\"currency\":\"BRL\",\"unit\":\"l\",\"reported_at\":\"2026-01-02T03:04:05Z\"";
    assert!(ended.starts_with("event: ended\n") && ended.contains(whole) && ended.ends_with("id: b.7\n\n"), "{ended}");
    assert!(ended.contains("\"distance_km\":7."), "{ended}");
}

#[tokio::test]
async fn everybody_is_told_by_one_watch_on_the_server() {
    let gateway = Gateway::before(changing);
    let mut streams = Vec::new();
    for _ in 0..5 {
        streams.push(open(&gateway, request("/events")).await.into_body().into_data_stream());
    }
    for stream in &mut streams {
        assert_eq!(text(stream).await, ": listening\nretry: 2000\nid: b.7\n\n", "what was before is not told");
    }
    let watches = gateway.asked().iter().filter(|asked| matches!(asked.command, Command::Changes(_))).count();
    assert!(watches <= 3, "{watches} questions for five listeners");
}

/// So much happens at once, more than the gateway keeps, and then nothing.
const FLOOD: u64 = EVENTS_KEPT + 1_000;

fn flooding(command: &Command) -> Option<Value> {
    let Command::Changes(request) = command else { return friendly(command) };
    let told = |position, changes| Changes { book: "b".to_owned(), position, changes, from: Some(0), resync: false };
    match request.after.as_ref().map(|place| place.position) {
        None => ok(&told(0, Vec::new())),
        Some(FLOOD..) => None,
        Some(known) => {
            let end = FLOOD.min(known + 150);
            ok(&told(end, (known + 1..=end).map(|position| change(position, Some(4999))).collect()))
        }
    }
}

#[tokio::test]
async fn who_reads_hears_everything_and_who_does_not_is_told_that_it_missed_some() {
    let gateway = Gateway::before(flooding);
    let mut idle = open(&gateway, request("/events")).await.into_body().into_data_stream();
    assert_eq!(text(&mut idle).await, ": listening\nretry: 2000\nid: b.0\n\n");
    let mut reading =
        open(&gateway, request("/events").header("last-event-id", "b.0")).await.into_body().into_data_stream();
    text(&mut reading).await;
    for position in 1..=FLOOD {
        let event = text(&mut reading).await;
        assert!(event.ends_with(&format!("\nid: b.{position}\n\n")), "{event}");
    }
    let resync = format!("event: resync\ndata: {{\"reason\":\"too-old\"}}\nid: b.{FLOOD}\n\n");
    assert_eq!(text(&mut idle).await, resync);
}

#[tokio::test]
async fn a_server_that_cannot_be_watched_is_a_problem() {
    let (gateway, _socket) = Gateway::before_silence();
    gateway.get("/events").await.problem(503, "server-silent");
    let old = Gateway::before(|command| match command {
        Command::Changes(_) => refuse(ErrorCode::AcaoDesconhecida),
        other => friendly(other),
    });
    old.get("/events").await.problem(501, "not-supported-by-server");
}

#[tokio::test]
async fn mistakes_are_told_at_once_and_nobody_is_asked() {
    let gateway = Gateway::before(changing);
    for (query, status, code, expected) in [
        ("fuel=coal&radius=5", 422, "not-allowed", vec!["fuel", "lat", "lon"]),
        ("lat=1", 422, "conflicting-parameters", vec!["lon"]),
        ("bbox=0,10,1,9&lat=91&lon=0", 422, "not-allowed", vec!["bbox", "lat"]),
        ("radius=5&lat=1&lon=1&bbox=0,0,1,1", 422, "conflicting-parameters", vec!["bbox"]),
        ("limit=5", 400, "unreadable-request", vec!["limit"]),
    ] {
        let faults = gateway.get(&format!("/events?{query}")).await.faults(status, code);
        assert_eq!(faults.into_iter().map(|(name, _)| name).collect::<Vec<_>>(), expected, "{query}");
    }
    assert!(gateway.asked().is_empty());
}

#[tokio::test]
async fn one_address_has_so_many_seats_and_who_leaves_makes_room() {
    let gateway = Gateway::before(changing);
    let from = |last: u8| {
        let peer = std::net::SocketAddr::from(([192, 0, 2, last], 4000));
        request("/events").extension(ConnectInfo(peer))
    };
    let mut streams = Vec::new();
    for _ in 0..MAX_LISTENERS_PER_ADDRESS {
        streams.push(open(&gateway, from(1)).await);
    }
    assert!(streams.iter().all(|stream| stream.status() == StatusCode::OK));
    assert_eq!(open(&gateway, from(1)).await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(open(&gateway, from(2)).await.status(), StatusCode::OK);
    assert_eq!(gateway.get("/fuels").await.status, StatusCode::OK, "others are answered");
    streams.pop();
    assert_eq!(open(&gateway, from(1)).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn streams_end_when_the_gateway_stops_and_none_begins_then() {
    let fake = Gateway::before(changing);
    let state = State::new(Pool::new(PoolOptions::new(fake.address.to_string())), Options::default());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let ending = tokio::spawn(state.ending(async { drop(stopped.await) }));
    let gateway = Gateway { app: app(state), ..fake };
    let mut stream = open(&gateway, request("/events")).await.into_body().into_data_stream();
    assert!(text(&mut stream).await.starts_with(": listening"));
    drop(stop);
    ending.await.unwrap();
    assert!(tokio::time::timeout(Duration::from_secs(5), stream.next()).await.expect("at once").is_none());
    let late = open(&gateway, request("/events")).await;
    let ends =
        late.status() == StatusCode::SERVICE_UNAVAILABLE || late.into_body().into_data_stream().next().await.is_none();
    assert!(ends);
}
