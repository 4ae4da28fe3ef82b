//! HEAD, OPTIONS, and what pages of other origins may do.

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request};
use posto_wire::answer::Stations;

use crate::support::{Answered, Gateway, Script, friendly, ok, station_price};

const LIST: &str = "/stations?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653";

async fn send(gateway: &Gateway, method: Method, path: &str, headers: &[(&str, &str)]) -> Answered {
    let request = Request::builder().method(method).uri(path).header("x-request-id", "same");
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    gateway.send(request.body(Body::empty()).unwrap()).await
}

/// Its own length; the body of a HEAD is never sent, and axum counts what was there.
fn comparable(mut headers: HeaderMap) -> HeaderMap {
    headers.remove("date");
    headers
}

#[tokio::test]
async fn head_is_get_without_the_body_compressed_or_not() {
    let many: Script = |_| ok(&Stations { stations: vec![station_price(); 20], next: None });
    let gateway = Gateway::before(many);
    let paths =
        [LIST, "/fuels", "/problems", "/", "/app.js", "/openapi.json", "/nothing", "/stations?fuel=x", "/healthz"];
    for path in paths {
        for encoding in ["identity", "gzip", "br"] {
            let headers = [("accept-encoding", encoding)];
            let get = send(&gateway, Method::GET, path, &headers).await;
            let head = send(&gateway, Method::HEAD, path, &headers).await;
            assert_eq!((head.status, head.body.len()), (get.status, 0), "{path} {encoding}");
            assert_eq!(comparable(head.headers), comparable(get.headers), "{path} {encoding}");
        }
    }
    let known = send(&gateway, Method::GET, "/fuels", &[]).await.header("etag").to_owned();
    assert_eq!(send(&gateway, Method::HEAD, "/fuels", &[("if-none-match", &known)]).await.status, 304);
}

#[tokio::test]
async fn options_tells_the_methods_of_a_path() {
    let gateway = Gateway::before(friendly);
    for (path, methods) in [
        ("/stations", vec!["GET", "HEAD", "OPTIONS", "POST"]),
        ("/stations/cheapest", vec!["GET", "HEAD", "OPTIONS"]),
        ("/stations/it-1", vec!["GET", "HEAD", "OPTIONS"]),
        ("/", vec!["GET", "HEAD", "OPTIONS"]),
        ("/problems/busy", vec!["GET", "HEAD", "OPTIONS"]),
    ] {
        let answered = send(&gateway, Method::OPTIONS, path, &[]).await;
        assert_eq!((answered.status.as_u16(), answered.body.len()), (204, 0), "{path}");
        let mut allowed: Vec<_> = answered.header("allow").split(',').collect();
        allowed.sort_unstable();
        assert_eq!(allowed, methods, "{path}");
    }
    send(&gateway, Method::OPTIONS, "/nothing", &[]).await.problem(404, "unknown-route");
    for method in [Method::DELETE, Method::PUT, Method::PATCH, Method::TRACE] {
        let refused = send(&gateway, method.clone(), "/stations", &[]).await;
        refused.problem(405, "method-not-allowed");
        assert_eq!(refused.header("allow"), "GET,HEAD,POST", "{method}");
    }
    assert!(gateway.asked().is_empty());
}

#[tokio::test]
async fn a_page_of_another_origin_may_read_ask_again_and_see_the_headers() {
    let gateway = Gateway::before(friendly);
    let origin = ("origin", "https://elsewhere.example");
    let wanted = ("access-control-request-headers", "if-none-match,x-request-id,x-deadline-ms");
    let preflight =
        send(&gateway, Method::OPTIONS, "/stations", &[origin, ("access-control-request-method", "GET"), wanted]).await;
    assert_eq!((preflight.status.as_u16(), preflight.header("access-control-allow-origin")), (200, "*"));
    let allowed = preflight.header("access-control-allow-headers").to_lowercase();
    assert!(["if-none-match", "x-request-id", "x-deadline-ms"].iter().all(|name| allowed.contains(name)), "{allowed}");
    assert_eq!(preflight.header("access-control-max-age"), "86400");
    let read = send(&gateway, Method::GET, LIST, &[origin]).await;
    let shown = read.header("access-control-expose-headers").to_lowercase();
    for name in ["x-request-id", "etag", "link", "retry-after", "posto-fallback"] {
        assert!(shown.contains(name), "{shown}");
    }
    let report = [origin, ("access-control-request-method", "POST")];
    let reporting = send(&gateway, Method::OPTIONS, "/stations", &report).await;
    assert_eq!(reporting.header("access-control-allow-methods"), "GET,HEAD");
}
