//! `Posto-Position` and `Posto-Book-Age`: what the servers say of their place is told, and what a client
//! has seen is handed on; a gateway is ready when a server has caught up.

use axum::body::Body;
use axum::http::{Method, Request};
use posto_client::{Remarks, Seen};
use posto_gateway::Options;
use posto_wire::{Command, ErrorCode, Value};

use crate::support::{Gateway, friendly, post, refuse};

const CHEAPEST: &str = "/stations/cheapest?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653";
const READS: [&str; 7] = [
    CHEAPEST,
    "/stations?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653",
    "/stations/it-1",
    "/stations/it-1/prices",
    "/map?fuel=gasoline&bbox=-54.9,-22.3,-54.7,-22.1&zoom=9",
    "/statistics?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653",
    "/time",
];
const REPORT: &str = r#"{"fuel": "gasoline", "price": 4.999, "lat": -22.2, "lon": -54.7}"#;

/// At position 48471, and out of touch for 17 seconds.
fn placed(command: &Command) -> Option<Value> {
    let remarks = Remarks { position: Some(48_471), book: Some("b00c".to_owned()), silent_s: Some(17) };
    friendly(command).map(|answer| remarks.beside(answer))
}

fn having_seen(path: &str, position: &str) -> Request<Body> {
    Request::get(path).header("posto-position", position).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn every_read_hands_on_what_was_seen_and_tells_where_the_book_is() {
    let gateway = Gateway::before(placed);
    for path in READS {
        let answered = gateway.send(having_seen(path, "b00c.48399")).await;
        assert_eq!((answered.status.as_u16(), answered.header("posto-position")), (200, "b00c.48471"), "{path}");
        assert_eq!(answered.header("posto-book-age"), "17");
        let asked = gateway.asked().pop().unwrap();
        assert_eq!(asked.seen, Some(Seen { position: 48_399, book: Some("b00c".to_owned()) }), "{path}");
    }
    gateway.get(CHEAPEST).await;
    assert_eq!(gateway.asked().pop().unwrap().seen, Some(Seen::default()), "the answer's own is always asked for");
    let plain = Gateway::before(friendly);
    let answered = plain.get(CHEAPEST).await;
    assert!(!answered.headers.contains_key("posto-position") && !answered.headers.contains_key("posto-book-age"));
}

#[tokio::test]
async fn a_report_tells_its_place_and_an_answer_that_is_known_already_tells_it_too() {
    let gateway = Gateway::before(placed);
    let reported = gateway.post(REPORT).await;
    assert_eq!((reported.status.as_u16(), reported.header("posto-position")), (201, "b00c.48471"));
    let mut strange = post(REPORT);
    strange.headers_mut().insert("posto-position", "nothing".parse().unwrap());
    assert_eq!(gateway.send(strange).await.status, 201, "a report waits for nothing");

    let first = gateway.get(CHEAPEST).await;
    let tag = first.header("etag");
    let again = Request::get(CHEAPEST).header("if-none-match", tag).body(Body::empty()).unwrap();
    let again = gateway.send(again).await;
    assert_eq!((again.status.as_u16(), again.header("posto-position")), (304, "b00c.48471"));
    let head = Request::builder().method(Method::HEAD).uri(CHEAPEST).body(Body::empty()).unwrap();
    assert_eq!(gateway.send(head).await.header("posto-position"), "b00c.48471");
}

#[tokio::test]
async fn a_server_that_is_behind_is_503_and_a_position_that_is_none_is_explained() {
    let gateway = Gateway::before(|_| refuse(ErrorCode::Atrasado));
    let answered = gateway.send(having_seen(CHEAPEST, "b00c.48471")).await;
    answered.problem(503, "behind");
    assert_eq!(answered.header("retry-after"), "1");
    let gateway = Gateway::before(placed);
    for bad in ["48471", "b00c", "b00c.", "b00c.x", ".1"] {
        let faults = gateway.send(having_seen(CHEAPEST, bad)).await.faults(400, "unreadable-request");
        assert_eq!(faults[0].0, "Posto-Position", "{bad}");
    }
    assert!(gateway.asked().is_empty());
}

#[tokio::test]
async fn ready_is_whoever_reaches_a_server_that_is_ready_for_readers() {
    let gateway = Gateway::before(placed);
    assert_eq!(gateway.get("/readyz").await.status, 200);
    let asked = gateway.asked().pop().unwrap();
    assert!(matches!(asked.command, Command::Time) && asked.seen.is_some(), "as the time of a book: {asked:?}");
    let starting = Gateway::before(|_| refuse(ErrorCode::Ocupado));
    starting.get("/readyz").await.problem(503, "busy");
}

#[tokio::test]
async fn pages_of_other_origins_may_send_and_read_it() {
    let gateway = Gateway::with(placed, Options::default());
    let asked = Request::builder()
        .method(Method::OPTIONS)
        .uri(CHEAPEST)
        .header("origin", "https://elsewhere.example")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "posto-position");
    let allowed = gateway.send(asked.body(Body::empty()).unwrap()).await;
    assert!(allowed.header("access-control-allow-headers").contains("posto-position"), "{:?}", allowed.headers);
    let mut read = having_seen(CHEAPEST, "b00c.1");
    read.headers_mut().insert("origin", "https://elsewhere.example".parse().unwrap());
    let read = gateway.send(read).await;
    let exposed = read.header("access-control-expose-headers");
    assert!(exposed.contains("posto-position") && exposed.contains("posto-book-age"), "{exposed}");
}
