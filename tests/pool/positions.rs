//! Whoever names the place of its report finds it, although a server that has never heard of it stands
//! behind the same gateway.

use std::time::{Duration, Instant};

use posto_tests::http::{Response, get, get_with};
use posto_tests::process::Serving;

use crate::support::{book, copy_of, gateway, report, until_answered};

#[test]
fn who_names_the_place_of_its_report_reads_it_although_a_copy_never_will_have_it() {
    let first = book();
    let second = copy_of(first.path());
    let servers = [Serving::serve(first.path(), &[]), Serving::serve(second.path(), &[])];
    let gateway = gateway(&[servers[0].udp(), servers[1].udp()], &[]);
    let http = gateway.http();
    until_answered(http);
    let reported = report(http, 1);
    assert_eq!(reported.status, 201, "{}", reported.text());
    let place = position(&reported).expect("a place");
    let station = format!("/stations/{}", reported.json()["station"].as_str().expect("a station"));
    // Without the place the copy is asked, too, until it has once said that it knows less: whoever was not
    // asked for long is thought to be quick.
    let started = Instant::now();
    while get(http, &station).status != 404 {
        assert!(started.elapsed() < Duration::from_secs(20), "the copy was never asked");
    }
    for _ in 0..200 {
        let found = get_with(http, &station, &format!("Posto-Position: {place}\r\n"));
        assert_eq!(found.status, 200, "{}", found.text());
        assert_eq!(position(&found), Some(place.clone()), "the book has not moved since");
    }

    // What nobody has is told at once, and what is no place is explained.
    let (book, number) = place.rsplit_once('.').expect("a book and a number");
    let later = format!("Posto-Position: {book}.{}\r\n", number.parse::<u64>().expect("a number") + 1);
    let behind = get_with(http, &station, &later);
    assert_eq!((behind.status, behind.json()["code"].as_str()), (503, Some("behind")), "{}", behind.text());
    assert!(behind.header("retry-after").is_some());
    assert_eq!(get_with(http, &station, "Posto-Position: of another book.7\r\n").status, 400);
    assert_eq!(
        get_with(http, "/time", "Posto-Position: another-book.999999\r\n").status,
        200,
        "that says nothing here"
    );
    gateway.terminate();
    servers.into_iter().for_each(Serving::terminate);
}

fn position(response: &Response) -> Option<String> {
    response.header("posto-position").map(str::to_owned)
}
