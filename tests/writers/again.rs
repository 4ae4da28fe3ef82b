//! A report asked again with its `Idempotency-Key`, through restarts of the gateway and the server.

use std::time::Duration;

use posto_tests::http::Response;
use posto_tests::process::{Serving, posto};

use crate::support::{bearer, body, origins, report, text, token, until};

const KEY: &str = "Idempotency-Key: 0b8f6c1e-5d0e-4a39\r\n";

fn again(gateway: &Serving) -> Response {
    let mut answer = None;
    until("the server answers", || {
        let told = report(gateway.http(), KEY, &body(1, "4.999"));
        let is_over = !matches!(told.status, 503 | 504);
        answer = Some(told);
        is_over
    });
    answer.expect("an answer")
}

#[test]
fn the_stored_answer_survives_the_gateway_and_the_server() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve(data.path(), &[]);
    let address = server.udp();
    let gateway = Serving::gateway(address);
    let first = report(gateway.http(), KEY, &body(1, "4.999"));
    assert_eq!(first.status, 201, "{}", first.text());
    let is_the_first = |answer: Response| {
        assert_eq!((answer.status, answer.text()), (201, first.text()));
        assert_eq!(answer.header("location"), first.header("location"));
    };
    is_the_first(again(&gateway));
    // Another report has replaced it; the answer is of the first all the same.
    assert_eq!(report(gateway.http(), "", &body(1, "5.999")).status, 200);
    is_the_first(again(&gateway));
    gateway.kill();
    let gateway = Serving::gateway(address);
    is_the_first(again(&gateway));
    server.kill();
    let serve = ["serve", "--udp", &address.to_string(), "--data", text(data.path())];
    let server = Serving::start(&mut posto(serve), 1);
    is_the_first(again(&gateway));
    let other = report(gateway.http(), KEY, &body(1, "5.000"));
    assert_eq!((other.status, other.json()["code"].as_str()), (409, Some("key-reused")));
    gateway.terminate();
    server.terminate();
    assert_eq!(origins(data.path()).len(), 2);
}

#[test]
fn two_people_s_keys_never_meet() {
    let data = tempfile::tempdir().expect("a directory");
    let file = data.path().join("tokens");
    let (ana, rui) = (token(&file, "ana"), token(&file, "rui"));
    let directory = data.path().join("data");
    let up = Serving::up(&directory, &["--tokens", text(&file), "--open-writes"]);
    let send = |who: &str, price| report(up.http(), &(KEY.to_owned() + who), &body(1, price));
    assert_eq!(send(&bearer(&ana), "4.999").status, 201);
    assert_eq!(send(&bearer(&rui), "5.999").status, 200, "the same key with another body, and another person");
    assert_eq!(send("", "6.999").status, 200);
    assert_eq!(send(&bearer(&ana), "4.999").status, 201);
    assert_eq!(send(&bearer(&rui), "4.999").status, 409);
    up.terminate();
    assert_eq!(origins(&directory).len(), 3);
}

#[test]
fn one_that_is_still_running_is_told_and_counts_once() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve(data.path(), &[]);
    let gateway = Serving::gateway(server.udp());
    assert_eq!(report(gateway.http(), "", &body(2, "4.999")).status, 201);
    server.signal("STOP");
    let (http, hasty) = (gateway.http(), "X-Deadline-Ms: 100\r\n");
    // Its client leaves, the work goes on.
    let first = report(http, &format!("{KEY}{hasty}"), &body(1, "4.999"));
    assert_eq!(first.json()["code"], "no-answer-in-time");
    let second = report(http, &format!("{KEY}{hasty}"), &body(1, "4.999"));
    assert_eq!((second.status, second.json()["code"].as_str()), (409, Some("in-progress")), "{}", second.text());
    assert!(second.header("retry-after").is_some());
    std::thread::sleep(Duration::from_millis(50));
    server.signal("CONT");
    let third = again(&gateway);
    assert_eq!(third.status, 201, "{}", third.text());
    gateway.terminate();
    server.terminate();
    assert_eq!(origins(data.path()).len(), 2);
}
