//! PROTOCOL.md's limits of sessions are the code's (those of the wire are checked beside it).

use std::fs;
use std::time::Duration;

use posto_session::limits::{self, Rate};
use posto_tests::process::root;

/// A duration as the page writes it.
fn time(duration: Duration) -> String {
    let millis = duration.as_millis();
    if millis.is_multiple_of(1000) { format!("{} s", millis / 1000) } else { format!("{millis} ms") }
}

/// A count as the page writes it: with a comma before the thousands.
fn count(number: usize) -> String {
    if number < 1000 { number.to_string() } else { format!("{},{:03}", number / 1000, number % 1000) }
}

fn small(number: u32) -> String {
    count(usize::try_from(number).expect("small"))
}

fn rate(what: &str, Rate { per_second, burst }: Rate) -> (String, String) {
    let thousands = |number: f64| if number < 1000.0 { number.to_string() } else { format!("{},000", number / 1000.0) };
    (format!("{} {what} a second", thousands(per_second)), format!("{} at once", thousands(burst)))
}

#[test]
fn the_limits_of_lines_in_the_protocol_are_the_code_s() {
    use posto_line::limits as line;
    let page = fs::read_to_string(root().join("crates/wire/PROTOCOL.md")).expect("the page");
    for (name, limit) in [
        ("MAX_LINE_BYTES", count(line::MAX_LINE_BYTES)),
        ("MAX_ANSWER_BYTES", count(line::MAX_ANSWER_BYTES)),
        ("MAX_CONNECTIONS", count(line::MAX_CONNECTIONS)),
        ("MAX_CONNECTIONS_PER_HOST", small(line::MAX_CONNECTIONS_PER_HOST)),
        ("IDLE", time(line::IDLE)),
        ("WRITE_PATIENCE", time(line::WRITE_PATIENCE)),
    ] {
        let row = page.lines().find(|line| line.contains(&format!("| `line::{name}` |")));
        assert!(row.is_some_and(|row| row.starts_with(&format!("| {limit} "))), "line::{name} is {limit}: {row:?}");
    }
}

#[test]
fn the_limits_of_sessions_in_the_protocol_are_the_code_s() {
    let page = fs::read_to_string(root().join("crates/wire/PROTOCOL.md")).expect("the page");
    let row = |name: &str| {
        let row = page.lines().find(|line| line.starts_with('|') && line.contains(&format!("| `session::{name}` |")));
        row.unwrap_or_else(|| panic!("no row of session::{name}")).trim_start_matches("| ")
    };
    let begins = [
        ("MAX_SESSIONS", count(limits::MAX_SESSIONS)),
        ("MAX_SESSIONS_PER_HOST", small(limits::MAX_SESSIONS_PER_HOST)),
        ("REMEMBERED_REQUESTS", count(limits::REMEMBERED_REQUESTS)),
        ("MAX_REQUESTS_IN_FLIGHT", count(limits::MAX_REQUESTS_IN_FLIGHT)),
        ("V2_WINDOW", small(limits::V2_WINDOW)),
        ("MAX_WINDOW", small(limits::MAX_WINDOW)),
        ("V2_LEAST_WINDOW", small(limits::V2_LEAST_WINDOW)),
        ("V2_SPAN", limits::V2_SPAN.to_string()),
        ("MAX_REPLY_BYTES", format!("{} MiB", limits::MAX_REPLY_BYTES >> 20)),
        ("MAX_REPLY_BYTES_IN_ALL", format!("{} MiB", limits::MAX_REPLY_BYTES_IN_ALL >> 20)),
        ("BUSY_RETRY", time(limits::BUSY_RETRY)),
        ("EARLY_ACK_AFTER", time(limits::EARLY_ACK_AFTER)),
        ("PROBE_EVERY", time(limits::PROBE_EVERY)),
        ("COOKIE_LIFETIME", time(limits::COOKIE_LIFETIME)),
        ("V2_IDLE", time(limits::V2_IDLE)),
        ("V2_LEAST_IDLE", time(limits::V2_LEAST_IDLE)),
        ("REMEMBERED_SEALS", count(limits::REMEMBERED_SEALS)),
        ("MAX_FINS", small(limits::MAX_FINS)),
        ("REOPEN_PAUSE", time(limits::REOPEN_PAUSE)),
        ("MAX_REOPEN_PAUSE", time(limits::MAX_REOPEN_PAUSE)),
        ("MAX_MISSING", count(limits::MAX_MISSING)),
        ("REMEMBERED_ATTEMPTS", count(limits::REMEMBERED_ATTEMPTS)),
        ("MAX_WAITING_REQUESTS", count(limits::MAX_WAITING_REQUESTS)),
    ];
    for (name, limit) in begins {
        let row = row(name);
        assert!(row.starts_with(&format!("{limit} ")), "session::{name} is {limit}: {row}");
    }
    for (name, what, limit) in [
        ("SYN_RATE", "SYNs", limits::SYN_RATE),
        ("RESET_RATE", "resets", limits::RESET_RATE),
        ("SESSION_RESET_RATE", "resets", limits::SESSION_RESET_RATE),
    ] {
        let ((each, burst), row) = (rate(what, limit), row(name));
        assert!(row.starts_with(&each) && row.contains(&burst), "session::{name} is {each}, {burst}: {row}");
    }
}
