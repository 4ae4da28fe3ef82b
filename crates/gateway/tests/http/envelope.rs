//! What every request and answer has: ids, deadlines, hosts, headers, readiness.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Request;
use posto_gateway::Options;

use crate::support::{Gateway, friendly};

const CHEAPEST: &str = "/stations/cheapest?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653";

#[tokio::test]
async fn a_good_request_id_goes_to_the_server_and_back() {
    let gateway = Gateway::before(friendly);
    let request = Request::get(CHEAPEST).header("x-request-id", "check-7").body(Body::empty()).unwrap();
    assert_eq!(gateway.send(request).await.header("x-request-id"), "check-7");
    assert_eq!(gateway.asked().pop().unwrap().request_id.as_deref(), Some("check-7"));
    for bad in ["", "a b", "ä", &"x".repeat(65)] {
        let request = Request::get(CHEAPEST).header("x-request-id", bad).body(Body::empty()).unwrap();
        let answered = gateway.send(request).await;
        let made = answered.header("x-request-id");
        assert!(made.len() == 32 && made.bytes().all(|byte| byte.is_ascii_hexdigit()), "{made}");
        assert_eq!(gateway.asked().pop().unwrap().request_id.as_deref(), Some(made));
    }
}

#[tokio::test]
async fn a_silent_server_is_503_and_the_next_request_fails_at_once() {
    let (gateway, _socket) = Gateway::before_silence();
    let started = Instant::now();
    gateway.get(CHEAPEST).await.problem(503, "server-silent");
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    let started = Instant::now();
    gateway.get("/time").await.problem(503, "server-silent");
    gateway.get("/readyz").await.problem(503, "server-silent");
    assert!(started.elapsed() < Duration::from_millis(200), "{:?}", started.elapsed());
    assert_eq!(gateway.get("/healthz").await.status, 200);
    assert_eq!(gateway.get("/fuels").await.status, 200);
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_504_at_the_clients_own_deadline() {
    let gateway = Gateway::before(|_| None);
    let started = Instant::now();
    let request = Request::get(CHEAPEST).header("x-deadline-ms", "150").body(Body::empty()).unwrap();
    gateway.send(request).await.problem(504, "no-answer-in-time");
    let taken = started.elapsed();
    assert!((Duration::from_millis(140)..Duration::from_millis(900)).contains(&taken), "{taken:?}");
}

#[tokio::test]
async fn a_hasty_client_does_not_make_the_server_look_silent() {
    let gateway = Gateway::before(friendly);
    for _ in 0..5 {
        let request = Request::get("/time").header("x-deadline-ms", "1").body(Body::empty()).unwrap();
        let status = gateway.send(request).await.status.as_u16();
        assert!([200, 504].contains(&status), "{status}");
    }
    assert_eq!(gateway.get("/time").await.status, 200);
}

#[tokio::test]
async fn readiness_asks_the_server() {
    let gateway = Gateway::before(friendly);
    let ready = gateway.get("/readyz").await;
    assert_eq!((ready.status.as_u16(), ready.text()), (200, r#"{"status":"ok"}"#));
    assert_eq!(gateway.asked().len(), 1);
    let started = Instant::now();
    Gateway::before(|_| None).get("/readyz").await.problem(504, "no-answer-in-time");
    assert!(started.elapsed() < Duration::from_millis(1_900), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_slow_body_is_408_at_the_deadline() {
    let gateway = Gateway::before(friendly);
    let body = Body::new(Never);
    let request = Request::post("/stations").header("content-type", "application/json").header("x-deadline-ms", "100");
    gateway.send(request.body(body).unwrap()).await.problem(408, "slow-request");
}

/// A body of which nothing ever comes.
struct Never;

impl hyper::body::Body for Never {
    type Data = axum::body::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<hyper::body::Frame<Self::Data>, Self::Error>>> {
        std::task::Poll::Pending
    }
}

#[tokio::test]
async fn only_allowed_hosts_are_served() {
    let options = Options::bound_to(([127, 0, 0, 1], 8080).into());
    let gateway = Gateway::with(friendly, options);
    for (host, status) in [("localhost:8080", 200), ("127.0.0.1", 200), ("[::1]:1", 200), ("evil.example", 421)] {
        let request = Request::get("/fuels").header("host", host).body(Body::empty()).unwrap();
        assert_eq!(gateway.send(request).await.status, status, "{host}");
    }
    let request = Request::get("/").header("host", "evil.example:8080").body(Body::empty()).unwrap();
    gateway.send(request).await.problem(421, "wrong-host");
    gateway.get("/healthz").await.problem(421, "wrong-host");
    let anywhere = Gateway::with(friendly, Options::bound_to(([192, 0, 2, 1], 8080).into()));
    assert_eq!(anywhere.get("/fuels").await.status, 200);
}

#[tokio::test]
async fn every_answer_has_the_headers_that_browsers_ask_for() {
    let gateway = Gateway::before(friendly);
    for path in ["/", "/fuels", CHEAPEST, "/nothing", "/docs/", "/openapi.json", "/healthz"] {
        let answered = gateway.get(path).await;
        assert_eq!(answered.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answered.header("referrer-policy"), "strict-origin-when-cross-origin", "{path}");
        assert!(answered.header("content-security-policy").starts_with("default-src 'none';"), "{path}");
        assert_eq!(answered.header("access-control-allow-origin"), "*", "{path}");
        assert!(!answered.header("x-request-id").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_read_but_not_report() {
    let gateway = Gateway::before(friendly);
    let preflight = |method: &str| {
        Request::options("/stations")
            .header("origin", "https://elsewhere.example")
            .header("access-control-request-method", method)
            .body(Body::empty())
            .unwrap()
    };
    let allowed = gateway.send(preflight("POST")).await;
    assert_eq!(allowed.header("access-control-allow-methods"), "GET,HEAD");
}

#[tokio::test]
async fn long_answers_are_compressed_for_who_takes_it() {
    let gateway = Gateway::before(friendly);
    for (accepted, used) in [("gzip", "gzip"), ("br, gzip", "br"), ("identity", "")] {
        let request = Request::get("/openapi.json").header("accept-encoding", accepted).body(Body::empty()).unwrap();
        assert_eq!(gateway.send(request).await.header("content-encoding"), used);
    }
}
