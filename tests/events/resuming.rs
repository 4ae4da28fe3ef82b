//! Who comes back hears what was missed, or that it cannot be told; who stays hears on.

use posto_tests::process::Serving;

use crate::support::{Listener, numbers, report, report_by_udp, serve_again};

#[test]
fn a_listener_that_comes_back_has_missed_nothing_though_everything_was_killed() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve(data.path(), &[]);
    let address = server.udp();
    let gateway = Serving::gateway(address);
    let mut listener = Listener::new(gateway.http(), "");
    report(gateway.http(), 1);
    assert_eq!(numbers(&[listener.event()]), [1]);
    let heard = listener.last_id.clone();
    drop(listener);

    // While it is away.
    report(gateway.http(), 2);
    let mut back = Listener::after(gateway.http(), "", &heard);
    assert_eq!(numbers(&[back.event()]), [2]);
    gateway.kill();
    report_by_udp(address, 3);
    server.kill();
    let _server = serve_again(address, data.path());
    report_by_udp(address, 4);
    let gateway = Serving::gateway(address);
    let mut back = Listener::after(gateway.http(), "", &heard);
    report(gateway.http(), 5);
    assert_eq!(numbers(&back.events(4)), [2, 3, 4, 5]);
    assert_eq!(back.last_id.rsplit_once('.').map(|(book, _)| book), heard.rsplit_once('.').map(|(book, _)| book));
}

#[test]
fn a_stream_goes_on_when_the_server_was_killed_and_started_again() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve(data.path(), &[]);
    let address = server.udp();
    let gateway = Serving::gateway(address);
    let mut listener = Listener::new(gateway.http(), "?fuel=ethanol");
    report_by_udp(address, 1);
    assert_eq!(numbers(&[listener.event()]), [1]);
    server.kill();
    let server = serve_again(address, data.path());
    report_by_udp(address, 2);
    report_by_udp(address, 3);
    assert_eq!(numbers(&listener.events(2)), [2, 3]);
    server.terminate();
    let _server = serve_again(address, data.path());
    report_by_udp(address, 4);
    assert_eq!(numbers(&[listener.event()]), [4]);
}

#[test]
fn what_is_not_known_any_more_is_a_resync_and_the_stream_goes_on() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    let here = Listener::new(up.http(), "").last_id;
    let (book, _) = here.rsplit_once('.').expect("an id");
    let cases = [("another.5".to_owned(), "other-book"), (format!("{book}.999"), "too-old")];
    for (number, (id, reason)) in (1..).zip(cases) {
        let mut listener = Listener::after(up.http(), "", &id);
        let resync = listener.event();
        assert_eq!((resync.name.as_str(), &resync.data["reason"]), ("resync", &reason.into()));
        report(up.http(), number);
        let next = listener.event();
        assert_eq!((numbers(std::slice::from_ref(&next)), next.position()), (vec![number], resync.position() + 1));
    }
    // From the very beginning: the nine samples too.
    let mut all = Listener::after(up.http(), "?fuel=ethanol", &format!("{book}.0"));
    let events = all.events(5);
    assert_eq!(numbers(&events[3..]), [1, 2]);
    assert_eq!(events[0].data["reported_at"], serde_json::Value::Null);
}

/// The book of the server is replaced by another one: a running stream is told.
#[test]
fn another_book_at_the_same_address_is_a_resync() {
    let (data, other) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
    let server = Serving::serve(data.path(), &[]);
    let address = server.udp();
    let gateway = Serving::gateway(address);
    let mut listener = Listener::new(gateway.http(), "");
    server.kill();
    let _other = serve_again(address, other.path());
    report_by_udp(address, 1);
    let resync = listener.event();
    assert_eq!((resync.name.as_str(), &resync.data["reason"]), ("resync", &"other-book".into()));
    report_by_udp(address, 2);
    // The first report may have come before the gateway noticed.
    let event = listener.event();
    if numbers(std::slice::from_ref(&event)) == [1] {
        assert_eq!(numbers(&[listener.event()]), [2]);
    } else {
        assert_eq!(numbers(&[event]), [2]);
    }
}
