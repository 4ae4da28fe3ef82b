//! Who may moderate, and who learns whose a price is.

use std::fs;
use std::net::SocketAddr;

use posto_tests::http::{get, post, send};
use posto_tests::process::{Serving, posto, root, run};

use super::{AROUND, PATIENCE, TAUROS};

#[test]
fn without_the_key_a_server_on_all_addresses_takes_no_order() {
    let data = tempfile::tempdir().expect("a directory");
    let key = data.path().join("key");
    let made = run(posto(["key", "new"]).arg(&key), "", PATIENCE);
    assert!(made.status.success());
    let key = key.to_str().expect("a path");
    let journal = data.path().join("journal");
    let mut serve = posto(["serve", "--udp", "0.0.0.0:0", "--psk-file", key, "--data"]);
    let server = Serving::start(serve.arg(&journal), 1);
    let address = SocketAddr::from(([127, 0, 0, 1], server.udp().port())).to_string();
    let moderate = |arguments: &[&str]| {
        let all = [&["moderate"], arguments, &["--server", &address, "--lang", "en"]].concat();
        run(&mut posto(all), "", PATIENCE)
    };
    for order in [&["hide", TAUROS][..], &["origins"], &["flags"], &["log"]] {
        let refused = moderate(order);
        let error = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && error.contains("--psk-file"), "{order:?}: {error}");
        assert!(refused.stdout.is_empty());
    }
    let taken = moderate(&["hide", TAUROS, "--psk-file", key]);
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
    let log = moderate(&["log", "--json", "--psk-file", key]);
    assert!(String::from_utf8_lossy(&log.stdout).contains("key 127.0.0.1:"), "{log:?}");
}

#[test]
fn a_wrong_order_is_told_before_anything_is_asked() {
    for (arguments, word) in [
        (&["hide", "a b"][..], "1 to 64"),
        (&["end", TAUROS, "water"], "unknown fuel"),
        (&["withdraw", "feed it"], "--since"),
        (&["withdraw", "feed it", "--since", "yesterday"], "30d"),
        (&["hide", TAUROS, "--as", "ana maria"], "1 to 64"),
        (&["erase"], "unrecognized"),
    ] {
        let refused = run(&mut posto(["moderate"].iter().chain(arguments)), "", PATIENCE);
        let error = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(2), "{error}");
        assert!(error.contains(word), "{arguments:?}: {error}");
    }
}

/// Every route of the API document that answers data, with values that find something.
fn every_route() -> Vec<String> {
    let document = fs::read_to_string(root().join("openapi/openapi.json")).expect("the API document");
    let document: serde_json::Value = serde_json::from_str(&document).expect("JSON");
    let paths = document["paths"].as_object().expect("paths");
    let read = paths.iter().filter(|(_, path)| path.get("get").is_some()).map(|(name, _)| name.as_str());
    read.filter_map(|name| {
        let path = name.replace("{id}", TAUROS);
        match name {
            "/stations" | "/stations/cheapest" | "/statistics" => Some(format!("{path}?{AROUND}")),
            "/map" => Some(format!("{path}?fuel=gasoline&bbox=-55,-23,-54,-22&zoom=22")),
            // A stream that does not end.
            "/events" => None,
            _ => Some(path),
        }
    })
    .collect()
}

#[test]
fn no_answer_over_http_tells_whose_a_price_is() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    let body = r#"{"fuel": "gasoline", "price": 4.5, "lat": -22.223665, "lon": -54.771388}"#;
    let reported = post(up.http(), "/stations", "", body);
    let flagged = post(up.http(), &format!("/stations/{TAUROS}/flags"), "", r#"{"reason": "wrong-place"}"#);
    assert_eq!((reported.status, flagged.status), (200, 202));
    let file = rusqlite::Connection::open(data.path().join("posto.db")).expect("the journal");
    let sql = "SELECT origin FROM reports UNION SELECT origin FROM flags";
    let mut statement = file.prepare(sql).expect("SQL");
    let origins: Vec<String> =
        statement.query_map([], |row| row.get(0)).expect("rows").map(|origin| origin.expect("text")).collect();
    assert!(origins.len() >= 2, "{origins:?}");
    // Of an address also the address alone; `seed` is a word of the language.
    let parts = origins.iter().flat_map(|origin| [Some(origin.as_str()), origin.split(' ').nth(1)]).flatten();
    let secrets: Vec<_> = parts.filter(|part| *part != "seed").map(str::to_owned).collect();
    let mut answers: Vec<_> = every_route().into_iter().map(|route| (get(up.http(), &route).text(), route)).collect();
    answers.push((reported.text(), "POST /stations".to_owned()));
    answers.push((flagged.text(), "POST flags".to_owned()));
    assert!(answers.len() >= 10, "{answers:?}");
    for (answer, route) in answers {
        assert!(!answer.contains("\"origin\"") && !answer.contains("origem"), "{route}: {answer}");
        for secret in &secrets {
            assert!(!answer.contains(secret), "{route} tells {secret}: {answer}");
        }
    }
}

/// There is no route that leads to them: whatever is tried, the gateway asks the server for neither.
#[test]
fn the_gateway_hands_on_no_order_and_no_import() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    let order = format!(r#"{{"acao": "X", "ato": "ocultar", "posto": "{TAUROS}", "formato": "json"}}"#);
    let import = r#"{"acao": "I", "id": "it-1", "lat": 1, "lon": 1, "precos": [], "formato": "json"}"#;
    let host = up.http();
    let flags = format!("/stations/{TAUROS}/flags");
    for body in [order.as_str(), import] {
        for target in ["/stations", flags.as_str()] {
            assert!((400..500).contains(&post(host, target, "", body).status), "{target} {body}");
        }
        for target in ["/moderate", "/import", "/stations/import", "/X", "/I", "/acts", "/origins"] {
            assert!([404, 405].contains(&post(host, target, "", body).status), "{target}");
            assert!([404, 405].contains(&get(host, target).status), "{target}");
        }
    }
    for method in ["DELETE", "PATCH", "PUT"] {
        let request = format!("{method} /stations/{TAUROS} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(send(host, &request).status, 405, "{method}");
    }
    assert_eq!(get(host, &format!("/stations/{TAUROS}")).status, 200);
    assert_eq!(get(host, "/stations/it-1").status, 404);
}
