//! A report over HTTP in one line, and what the journal kept of it.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use posto_tests::http::{Response, post};
use posto_tests::process::{posto, run};

/// Longer than anything here takes on a slow machine.
pub const ENOUGH: Duration = Duration::from_secs(30);

/// A report of gasoline at a place that no other report here is near to.
pub fn body(place: u32, price: &str) -> String {
    format!(r#"{{"fuel": "gasoline", "price": {price}, "lat": 10.5, "lon": {place}}}"#)
}

/// Reports with these header lines, each with its end.
pub fn report(gateway: SocketAddr, headers: &str, body: &str) -> Response {
    post(gateway, "/stations", headers, body)
}

/// Runs `posto` to its end.
pub fn said(arguments: &[&str]) -> Output {
    run(&mut posto(arguments), "", ENOUGH)
}

/// Runs `posto`, which must fail, and returns what it says of it.
pub fn refused(arguments: &[&str]) -> String {
    let output = said(arguments);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{arguments:?} went well: {told}");
    told
}

/// Makes a token; the file is made with the first.
pub fn token(file: &Path, name: &str) -> String {
    let output = said(&["token", "new", name, "--tokens", text(file)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The header line that shows a token.
pub fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

/// The header line of a trusted proxy.
pub fn from(address: &str) -> String {
    format!("X-Forwarded-For: {address}\r\n")
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Whom the journal names for its reports, but for those that it began with.
pub fn origins(data: &Path) -> Vec<String> {
    let file = rusqlite::Connection::open(data.join("posto.db")).expect("a journal");
    let mut statement = file.prepare("SELECT origin FROM reports ORDER BY sequence").expect("SQL");
    let origins = statement.query_map([], |row| row.get(0)).expect("rows").collect::<Result<Vec<String>, _>>();
    origins.expect("texts").into_iter().filter(|origin| origin != "seed").collect()
}

/// Asks until it is so.
#[track_caller]
pub fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < ENOUGH, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
