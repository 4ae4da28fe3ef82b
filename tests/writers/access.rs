//! Addresses that others can reach: nobody serves there without a word on who may write.

use posto_tests::process::{Serving, posto};

use crate::support::{body, refused, report, said, text, token};

#[test]
fn a_public_address_wants_a_decision_and_is_told_all_ways_to_make_it() {
    let data = tempfile::tempdir().expect("a directory");
    let directory = data.path().join("data");
    let at = ["--data", text(&directory)];
    let udp = refused(&["serve", "--udp", "0.0.0.0:0", at[0], at[1]]);
    for way in ["--psk-file FILE", "--v1 read", "--v1 off", "--open-writes limited or --open-writes"] {
        assert!(udp.contains(way), "{udp}");
    }
    let http = refused(&["gateway", "--http", "[::]:0"]);
    for way in ["--tokens FILE", "posto token new", "--open-writes limited or --open-writes"] {
        assert!(http.contains(way), "{http}");
    }
    let both = refused(&["up", "--udp", "0.0.0.0:0", "--http", "0.0.0.0:0", at[0], at[1]]);
    assert!(both.contains("posto: udp: 0.0.0.0:0: ") && both.contains("posto: http: 0.0.0.0:0: "), "{both}");
    assert!(!directory.exists(), "nothing was begun");
}

#[test]
fn each_decision_serves() {
    let data = tempfile::tempdir().expect("a directory");
    let (file, key) = (data.path().join("tokens"), data.path().join("key"));
    token(&file, "ana");
    assert!(said(&["key", "new", text(&key)]).status.success());
    let serve = |arguments: &[&str]| {
        let fixed = ["serve", "--udp", "0.0.0.0:0", "--data", text(data.path())];
        Serving::start(posto(fixed).args(arguments), 1).kill();
    };
    for decision in [
        &["--psk-file", text(&key)][..],
        &["--v1", "read"],
        &["--v1", "off"],
        &["--open-writes", "limited"],
        &["--open-writes"],
    ] {
        serve(decision);
    }
    let gateway = |arguments: &[&str]| {
        let fixed = ["gateway", "--http", "0.0.0.0:0", "--server", "127.0.0.1:9"];
        Serving::start(posto(fixed).args(arguments), 1).kill();
    };
    for decision in [&["--tokens", text(&file)][..], &["--open-writes=limited"], &["--open-writes", "yes"]] {
        gateway(decision);
    }
}

#[test]
fn the_setting_keeps_the_words_it_had_as_a_switch() {
    let data = tempfile::tempdir().expect("a directory");
    let fixed = ["serve", "--udp", "0.0.0.0:0", "--data", text(data.path())];
    Serving::start(posto(fixed).env("POSTO_OPEN_WRITES", "true"), 1).kill();
    let settings = data.path().join("posto.toml");
    std::fs::write(&settings, "open-writes = true\n").expect("written");
    Serving::start(posto(fixed).args(["--config", text(&settings)]), 1).kill();
    let told = refused(&[&fixed[..], &["--open-writes", "perhaps"]].concat());
    assert!(told.contains("expected `yes`, `limited` or `no`"), "{told}");
}

#[test]
fn on_its_own_machine_everyone_reports() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    for number in 0..40 {
        let answer = report(up.http(), "", &body(number, "4.999"));
        assert_eq!((answer.status, answer.header("ratelimit")), (201, None));
    }
}
