//! Bearer tokens: made, shown, taken back, read again.

use std::io::Write as _;

use posto_tests::http::{get, send};
use posto_tests::process::Serving;

use crate::support::{bearer, body, origins, refused, report, said, text, token, until};

#[test]
fn where_there_are_tokens_a_report_needs_one_and_a_search_does_not() {
    let data = tempfile::tempdir().expect("a directory");
    let file = data.path().join("tokens");
    let ana = token(&file, "ana");
    assert!(ana.starts_with("posto_") && ana.len() == 70, "{ana}");
    let up = Serving::up(&data.path().join("data"), &["--tokens", text(&file)]);

    let missing = report(up.http(), "", &body(1, "4.999"));
    assert_eq!((missing.status, missing.header("www-authenticate")), (401, Some("Bearer")));
    assert_eq!(missing.json()["code"], "token-missing");
    for wrong in ["posto_0", &ana[1..], "", &format!("{ana}0")] {
        let answer = report(up.http(), &bearer(wrong), &body(1, "4.999"));
        assert_eq!((answer.status, answer.json()["code"].as_str()), (403, Some("token-wrong")), "{wrong:?}");
    }
    let other_scheme = report(up.http(), "Authorization: Basic YTpi\r\n", &body(1, "4.999"));
    assert_eq!(other_scheme.status, 401);
    let twice = report(up.http(), &bearer(&ana).repeat(2), &body(1, "4.999"));
    assert_eq!(twice.status, 400);
    // Before the body is looked at.
    assert_eq!(report(up.http(), "", "no JSON").status, 401);

    assert_eq!(report(up.http(), &bearer(&ana), &body(1, "4.999")).status, 201);
    let found = get(up.http(), "/stations/cheapest?fuel=gasoline&radius=1&lat=10.5&lon=1");
    assert_eq!((found.status, found.json()["price"].as_f64()), (200, Some(4.999)));
    up.terminate();
    assert_eq!(origins(&data.path().join("data")), ["token ana"]);
}

#[test]
fn tokens_are_read_again_at_sighup_and_a_bad_file_changes_nothing() {
    let data = tempfile::tempdir().expect("a directory");
    let file = data.path().join("tokens");
    let ana = token(&file, "ana");
    let up = Serving::up(&data.path().join("data"), &["--tokens", text(&file)]);
    let status = |token: &str, place| report(up.http(), &bearer(token), &body(place, "4.999")).status;
    assert_eq!(status(&ana, 1), 201);

    let good = std::fs::read_to_string(&file).expect("readable");
    std::fs::write(&file, "ana is not a line of tokens\n").expect("written");
    up.signal("HUP");
    std::fs::write(&file, good).expect("written");
    let rui = token(&file, "rui");
    assert_eq!(status(&rui, 2), 403, "not read yet");
    up.signal("HUP");
    let mut place = 2;
    until("the new token counts", || {
        place += 1;
        assert!(matches!(status(&ana, place), 200 | 201), "the old one always does");
        status(&rui, place + 100) == 201
    });

    let revoked = said(&["token", "revoke", "ana", "--tokens", text(&file)]);
    assert!(revoked.status.success() && String::from_utf8_lossy(&revoked.stderr).contains("SIGHUP"));
    up.signal("HUP");
    until("the old token counts no more", || {
        place += 1;
        status(&ana, place) == 403
    });
    assert_eq!(status(&rui, 2), 201);
}

#[test]
fn the_command_says_what_is_wrong() {
    let data = tempfile::tempdir().expect("a directory");
    let file = data.path().join("tokens");
    token(&file, "ana");
    let tokens = ["--tokens", text(&file)];
    let command = |words: &[&str]| refused(&[words, &tokens[..]].concat());
    assert!(command(&["token", "new", "ana"]).contains("there is a token named ana already"));
    assert!(command(&["token", "new", "a b"]).contains("expected 1 to 32 of A-Z a-z 0-9 . _ -"));
    assert!(command(&["token", "revoke", "rui"]).contains("there is no token named rui"));
    assert!(refused(&["token", "list"]).contains("--tokens FILE, POSTO_TOKENS or tokens in posto.toml"));
    let listed = String::from_utf8_lossy(&said(&["token", "list", tokens[0], tokens[1]]).stdout).into_owned();
    assert!(listed.starts_with("ana  20") && listed.lines().count() == 1, "{listed}");

    let nowhere = data.path().join("nothing");
    let told = refused(&["gateway", "--http", "127.0.0.1:0", "--tokens", text(&nowhere)]);
    assert!(told.contains("posto token new") && told.contains("POSTO_TOKENS"), "{told}");
    std::fs::OpenOptions::new()
        .append(true)
        .open(&file)
        .and_then(|mut file| file.write_all(b"x y\n"))
        .expect("written");
    let told = refused(&["gateway", "--http", "127.0.0.1:0", "--tokens", text(&file)]);
    assert!(told.contains("line 2: the hash is not 64 hexadecimal digits"), "{told}");
}

#[test]
fn a_page_of_another_site_reports_with_a_token_or_not_at_all() {
    let data = tempfile::tempdir().expect("a directory");
    let file = data.path().join("tokens");
    let ana = token(&file, "ana");
    let asked = |up: &Serving, headers: &str| {
        let answer = send(
            up.http(),
            &format!(
                "OPTIONS /stations HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nOrigin: https://other.example\r\n\
                 Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: {headers}\r\n\r\n",
                up.http()
            ),
        );
        assert_eq!(answer.status, 200);
        answer.header("access-control-allow-methods").map(str::to_owned)
    };
    let page = "Origin: https://other.example\r\n";
    let up = Serving::up(&data.path().join("one"), &["--tokens", text(&file), "--open-writes"]);
    assert_eq!(asked(&up, "content-type").as_deref(), Some("GET,HEAD"));
    assert_eq!(asked(&up, "authorization,content-type").as_deref(), Some("GET,HEAD,POST"));
    let without = report(up.http(), page, &body(1, "4.999"));
    assert_eq!((without.status, without.json()["code"].as_str()), (403, Some("cross-site")));
    let with = report(up.http(), &(page.to_owned() + &bearer(&ana)), &body(1, "4.999"));
    assert_eq!((with.status, with.header("access-control-allow-origin")), (201, Some("*")));
    assert_eq!(report(up.http(), "", &body(2, "4.999")).status, 201, "no page at all");
    up.terminate();

    let up = Serving::up(&data.path().join("two"), &[]);
    assert_eq!(asked(&up, "authorization,content-type").as_deref(), Some("GET,HEAD"));
    let made_up = report(up.http(), &(page.to_owned() + &bearer(&ana)), &body(1, "4.999"));
    assert_eq!(made_up.json()["code"], "cross-site", "where there are no tokens none vouches for anything");
}
