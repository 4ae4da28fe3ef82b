//! The key that a server and its writers share, and what v1 clients may do.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use posto_tests::http::get;
use posto_tests::process::{Serving, posto, run};

use crate::support::{ENOUGH, body, refused, report, said, text};

fn key(path: &Path) {
    assert!(said(&["key", "new", text(path)]).status.success());
}

/// A server that others could reach, at the address where this machine does.
fn public(data: &Path, arguments: &[&str]) -> (Serving, String) {
    let fixed = ["serve", "--udp", "0.0.0.0:0", "--data", text(data)];
    let serving = Serving::start(posto(fixed).args(arguments), 1);
    let address = format!("127.0.0.1:{}", serving.udp().port());
    (serving, address)
}

#[test]
fn a_key_is_its_owner_s_alone_never_overwritten_and_long_enough() {
    let data = tempfile::tempdir().expect("a directory");
    let file = data.path().join("key");
    key(&file);
    let mode = std::fs::metadata(&file).expect("made").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = std::fs::read_to_string(&file).expect("readable");
    assert_eq!(before.trim().len(), 64);
    assert!(refused(&["key", "new", text(&file)]).contains("exists"));
    assert_eq!(std::fs::read_to_string(&file).expect("readable"), before);

    let short = data.path().join("short");
    std::fs::write(&short, "short\n").expect("written");
    let told = refused(&["serve", "--udp", "127.0.0.1:0", "--data", text(data.path()), "--psk-file", text(&short)]);
    assert!(told.contains("a key has at least 32 bytes") && told.contains("posto key new"), "{told}");
    let told = refused(&["report", "diesel", "5", "1", "1", "--psk-file", text(&short)]);
    assert!(told.contains("a key has at least 32 bytes"), "{told}");
}

#[test]
fn who_has_the_key_reports_and_imports_and_the_others_ask() {
    let data = tempfile::tempdir().expect("a directory");
    let (file, other) = (data.path().join("key"), data.path().join("other"));
    key(&file);
    key(&other);
    let (server, address) = public(data.path(), &["--psk-file", text(&file)]);
    let on = ["--server", &*address];
    let with = |words: &[&str], key: &Path| [words, &on, &["--psk-file", text(key)]].concat().join("\n");
    let words = |line: &str| line.lines().map(str::to_owned).collect::<Vec<_>>();
    let done = |line: &str| {
        let output = run(&mut posto(words(line)), "", ENOUGH);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let denied = |line: &str| refused(&words(line).iter().map(String::as_str).collect::<Vec<_>>());
    let report_it = ["report", "diesel", "5", "1", "1"];
    let records = posto_tests::process::root().join("data/dados.json");
    let import_it = ["import", "dados", text(&records)];

    done(&with(&report_it, &file));
    done(&with(&import_it, &file));
    let cheapest = ["cheapest", "diesel", "1", "1", "1", "--lang", "en"];
    done(&[&cheapest[..], &on].concat().join("\n"));
    let told = denied(&[&report_it[..], &on].concat().join("\n"));
    assert!(told.contains("the server does not allow it without its key (--psk-file)"), "{told}");
    let told = denied(&[&import_it[..], &on].concat().join("\n"));
    assert!(told.contains("without its key (--psk-file)"), "{told}");
    for words in [&cheapest[..], &report_it] {
        let told = denied(&with(words, &other));
        assert!(told.contains("or not to our key: has it the same one (--psk-file)?"), "{told}");
    }
    server.terminate();
}

#[test]
fn a_gateway_writes_with_the_key_and_says_what_is_wrong_without() {
    let data = tempfile::tempdir().expect("a directory");
    let (file, other) = (data.path().join("key"), data.path().join("other"));
    key(&file);
    key(&other);
    let (server, address) = public(data.path(), &["--psk-file", text(&file)]);
    let gateway = |arguments: &[&str]| {
        let fixed = ["gateway", "--http", "127.0.0.1:0", "--server", &address];
        Serving::start(posto(fixed).args(arguments), 1)
    };
    let right = gateway(&["--psk-file", text(&file)]);
    assert_eq!(report(right.http(), "", &body(1, "4.999")).status, 201);
    let without = gateway(&[]);
    let told = report(without.http(), "", &body(1, "4.999"));
    assert_eq!((told.status, told.json()["code"].as_str()), (403, Some("not-permitted")));
    assert_eq!(get(without.http(), "/time").status, 200);
    let wrong = gateway(&["--psk-file", text(&other)]);
    let told = get(wrong.http(), "/time");
    assert_eq!(told.status, 503, "{}", told.text());
    assert!(told.json()["detail"].as_str().expect("a sentence").contains("key"), "{}", told.text());
    server.terminate();
}

#[test]
fn a_v1_client_is_told_what_it_may_not_do() {
    let data = tempfile::tempdir().expect("a directory");
    let talk = |address: &str, line: &str| {
        let (host, port) = address.split_once(':').expect("an address");
        let output = run(&mut posto(["client", "--lang", "pt", "--protocol", "v1", host, port]), line, ENOUGH);
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
    };
    let (server, address) = public(data.path(), &["--v1", "read"]);
    let told = talk(&address, "D 2 4999 1 1\n");
    assert!(told.contains("Este servidor só aceita preços de quem tem a sua chave"), "{told}");
    let told = talk(&address, "P 2 5 -22.2175 -54.7653\n");
    assert!(told.contains("Preço: R$ 3.999"), "{told}");
    server.terminate();
    let (server, address) = public(data.path(), &["--v1", "off"]);
    let told = talk(&address, "P 2 5 -22.2175 -54.7653\n");
    assert!(told.contains("Este servidor exige a versão 2 do protocolo"), "{told}");
    server.terminate();
}
