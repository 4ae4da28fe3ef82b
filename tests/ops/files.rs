//! The files of `data/ops`: what they ask of the metrics exists, and what can be checked here is.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use posto_tests::http::{get, post};
use posto_tests::process::{Serving, root};
use serde_json::Value;

fn read(name: &str) -> String {
    let path = root().join("data/ops").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The metrics that an expression names: words that begin as ours do.
fn named(expression: &str) -> impl Iterator<Item = &str> {
    let words = expression.split(|character: char| !character.is_ascii_alphanumeric() && character != '_');
    words.filter(|word| word.starts_with("posto_") || word.starts_with("process_"))
}

/// The expressions of a dashboard's panels.
fn expressions(dashboard: &Value) -> Vec<String> {
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().cloned().unwrap_or_default());
    targets.map(|target| target["expr"].as_str().expect("an expression").to_owned()).collect()
}

/// Every name that `/metrics` tells after some traffic, with the parts of histograms.
fn told() -> BTreeSet<String> {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    let report = r#"{"fuel": "gasoline", "price": 3.5, "lat": -22.2237, "lon": -54.7714}"#;
    assert_eq!(post(up.http(), "/stations", "", report).status, 200);
    let text = get(up.http(), "/metrics").text();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split(['{', ' ']).next().map(str::to_owned)).collect()
}

#[test]
fn every_metric_of_the_dashboard_and_the_alerts_is_told() {
    let dashboard: Value = serde_json::from_str(&read("grafana/posto.json")).expect("JSON");
    let panels = expressions(&dashboard);
    assert!(panels.len() > 30, "{panels:?}");
    let alerts = read("alerts.yml");
    let tests = read("alerts.test.yml");
    let told = told();
    let mut asked = BTreeSet::new();
    for text in panels.iter().map(String::as_str).chain([alerts.as_str(), tests.as_str()]) {
        asked.extend(named(text).map(str::to_owned));
    }
    assert!(asked.len() > 30, "{asked:?}");
    let missing: Vec<_> = asked.difference(&told).collect();
    assert!(missing.is_empty(), "asked for and not told: {missing:?}");
}

#[test]
fn every_panel_has_a_place_of_its_own() {
    let dashboard: Value = serde_json::from_str(&read("grafana/posto.json")).expect("JSON");
    let mut taken = BTreeSet::new();
    for panel in dashboard["panels"].as_array().expect("panels") {
        let at = |member: &str| panel["gridPos"][member].as_u64().expect("a number");
        for (x, y) in (at("x")..at("x") + at("w")).flat_map(|x| (at("y")..at("y") + at("h")).map(move |y| (x, y))) {
            assert!(x < 24 && taken.insert((x, y)), "{} covers another", panel["title"]);
        }
    }
}

#[test]
fn the_units_are_sound_and_expose_little() {
    let programs = ["/usr/bin/posto up", "/usr/bin/posto serve", "/usr/bin/posto gateway"];
    let nats = "/usr/bin/nats-server -c /etc/nats/nats.conf";
    let units = ["posto.service", "cluster/posto-serve.service", "cluster/posto-gateway.service"];
    let of_nats = ("cluster/nats-server.service", nats);
    for (unit, program) in units.into_iter().zip(programs).chain([of_nats]) {
        let file = root().join("data/ops").join(unit);
        let security = ["security", "--offline=true", "--threshold=20", "--no-pager"];
        let Ok(judged) = Command::new("systemd-analyze").args(security).arg(&file).output() else {
            eprintln!("SKIPPED: no systemd-analyze");
            return;
        };
        assert!(judged.status.success(), "{unit}: {}", String::from_utf8_lossy(&judged.stdout));
        // The program it starts is not installed here; any other shows the same mistakes of the unit.
        let directory = tempfile::tempdir().expect("a directory");
        let (text, name) = (read(unit), file.file_name().expect("a name"));
        assert!(text.contains(program), "{unit}");
        let copy = directory.path().join(name);
        fs::write(&copy, text.replace(program, "/bin/true")).expect("writable");
        let verified = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&copy).output();
        let verified = verified.expect("it runs");
        let said = String::from_utf8_lossy(&verified.stderr);
        assert!(verified.status.success() && !said.contains(&*name.to_string_lossy()), "{said}");
    }
}

#[test]
fn the_image_s_settings_are_settings() {
    let known = read("posto.toml");
    let dockerfile = read("Dockerfile");
    let words = dockerfile.split_whitespace().filter_map(|word| word.strip_prefix("POSTO_")?.split_once('='));
    let settings: Vec<_> = words.map(|(name, _)| name.to_lowercase().replace('_', "-")).collect();
    assert!(settings.len() >= 5, "{settings:?}");
    for setting in settings {
        assert!(known.contains(&format!("\n#{setting} = ")), "{setting} is no key of posto.toml");
    }
    for line in ["USER 65532:65532", "STOPSIGNAL SIGTERM", "HEALTHCHECK", "\"/usr/bin/posto\", \"health\""] {
        assert!(dockerfile.contains(line), "{line}");
    }
}
