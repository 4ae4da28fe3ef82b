//! Several listeners: all hear the same, once, in order, and only what they want; the gateway's end.

use posto_tests::http::{get, send};
use posto_tests::process::Serving;
use serde_json::Value;

use crate::support::{Listener, numbers, report, report_by_udp};

#[test]
fn everyone_hears_each_report_once_and_in_order_wherever_it_came_from() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    let mut listeners = [Listener::new(up.http(), ""), Listener::new(up.http(), "?fuel=ethanol")];
    let begun = listeners[0].last_id.clone();
    for header in ["content-type: text/event-stream", "cache-control: no-cache", "x-accel-buffering: no"] {
        assert!(listeners[0].head.contains(header), "{}", listeners[0].head);
    }
    for number in 1..=6 {
        if number % 2 == 0 { report_by_udp(up.udp(), number) } else { drop(report(up.http(), number)) }
    }
    let heard = listeners.each_mut().map(|listener| listener.events(6));
    assert_eq!(numbers(&heard[0]), [1, 2, 3, 4, 5, 6]);
    let without_age = |events: &[crate::support::Event]| {
        let mut events = events.to_vec();
        events.iter_mut().for_each(|event| event.data["age_s"] = Value::Null);
        events
    };
    assert_eq!(without_age(&heard[0]), without_age(&heard[1]));
    // The nine samples are the first of the journal.
    assert_eq!(begun.rsplit_once('.').expect("an id").1, "9");
    assert_eq!(heard[0].iter().map(crate::support::Event::position).collect::<Vec<_>>(), [10, 11, 12, 13, 14, 15]);

    // All that a search tells, a listener has been told.
    let mut listener = Listener::new(up.http(), "?lat=10.5&lon=10.07");
    report(up.http(), 7);
    let mut told = listener.event().data;
    let mut found = get(up.http(), "/stations/cheapest?fuel=ethanol&radius=0.1&lat=10.5&lon=10.07").json();
    (told["age_s"], found["age_s"]) = (Value::Null, Value::Null);
    assert_eq!(told, found);
    assert_eq!(told["distance_km"], 0.0);
}

#[test]
fn who_listens_to_a_place_or_a_fuel_hears_of_nothing_else() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    // Number n is at 10.5, 10 + n / 100: a hundredth of a degree there is 1.1 km.
    let mut circle = Listener::new(up.http(), "?radius=3&lat=10.5&lon=10.05");
    let mut bounds = Listener::new(up.http(), "?fuel=ethanol&bbox=10.055,10,10.085,11");
    let mut diesel = Listener::new(up.http(), "?fuel=diesel");
    (1..=9).for_each(|number| drop(report(up.http(), number)));
    let last = posto_tests::http::post(
        up.http(),
        "/stations",
        "",
        r#"{"fuel": "diesel", "price": 3.5, "lat": 10.5, "lon": 10.05, "radius_m": 0, "new": true}"#,
    );
    assert_eq!(last.status, 201, "{}", last.text());
    let near = circle.events(6);
    assert_eq!(numbers(&near[..5]), [3, 4, 5, 6, 7]);
    let distances: Vec<_> = near.iter().map(|event| event.data["distance_km"].as_f64().expect("km")).collect();
    assert!(distances.iter().all(|km| *km <= 3.0), "{distances:?}");
    assert_eq!(numbers(&bounds.events(3)), [6, 7, 8]);
    assert_eq!((&diesel.event().data["fuel"], &near[5].data["fuel"]), (&"diesel".into(), &"diesel".into()));
}

#[test]
fn streams_end_as_they_should_when_the_gateway_stops() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    let mut listeners = [Listener::new(up.http(), ""), Listener::new(up.http(), "")];
    report(up.http(), 1);
    for listener in &mut listeners {
        assert_eq!(numbers(&[listener.event()]), [1]);
    }
    up.terminate();
    for listener in &mut listeners {
        // Not cut: the last chunk came.
        assert_eq!(listener.next_event(), None);
    }
}

#[test]
fn what_cannot_be_listened_to_is_a_problem() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    let ask = |method: &str, target: &str, headers: &str| {
        let host = up.http();
        send(host, &format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n"))
    };
    let bad = ask("GET", "/events?fuel=coal&radius=0&raduis=5&lat=91", "");
    assert_eq!((bad.status, bad.json()["errors"].as_array().map(Vec::len)), (400, Some(5)), "{}", bad.text());
    assert_eq!(ask("GET", "/events", "Accept: application/json\r\n").status, 406);
    assert_eq!(ask("POST", "/events", "Content-Length: 0\r\n").status, 405);
    let unknown = ask("GET", "/events", "Last-Event-ID: yesterday\r\n");
    assert_eq!((unknown.status, &unknown.json()["errors"][0]["parameter"]), (400, &"Last-Event-ID".into()));
    let head = ask("HEAD", "/events", "");
    assert_eq!((head.status, head.header("content-type"), head.body.len()), (200, Some("text/event-stream"), 0));
}
