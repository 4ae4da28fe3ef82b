//! The command line as a person or a script meets it: one clear line for each mistake, one
//! language, and no panic whatever becomes of standard output.

use std::fs::OpenOptions;
use std::process::{Command, Output, Stdio};

fn posto(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_posto"));
    command.args(arguments).stdin(Stdio::null()).env_remove("LANG").env_remove("LC_ALL").env_remove("LC_MESSAGES");
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn nobody_reading_the_output_is_no_panic() {
    for arguments in [&["openapi"][..], &["completions", "bash"]] {
        let mut child = posto(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        assert_eq!(said(&output), "", "{arguments:?}");
    }
}

#[test]
fn a_full_disk_under_the_output_is_one_line() {
    let Ok(full) = OpenOptions::new().write(true).open("/dev/full") else {
        return eprintln!("SKIPPED: there is no /dev/full here");
    };
    let output = posto(&["openapi"]).stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).starts_with("posto: cannot write to standard output"), "{}", said(&output));
    assert_eq!(said(&output).lines().count(), 1);
}

#[test]
fn numbers_that_cannot_be_are_refused_before_anything_is_sent() {
    let cheapest = ["cheapest", "gasoline", "5", "0", "0"];
    let cases: [(&[&str], &str); 6] = [
        (&["--rank", "trip", "--litres", "nan"], "litres from 0.1 to 10000"),
        (&["--rank", "trip", "--litres=0"], "litres from 0.1 to 10000"),
        (&["--consumption", "inf"], "per 100 km from 0 to 1000"),
        (&["--consumption", "-1"], "per 100 km from 0 to 1000"),
        (&["--max-age", "8"], "8d"),
        (&["--server"], "HOST:PORT"),
    ];
    for (more, expected) in cases {
        let output = posto(&[&cheapest, more].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{more:?}");
        assert!(said(&output).contains(expected), "{more:?}: {}", said(&output));
    }
    let output = posto(&["cheapest", "gasoline", "-5", "0", "0"]).output().unwrap();
    assert!(said(&output).contains("km above 0"), "{}", said(&output));
}

#[test]
fn errors_are_in_the_language_asked_for() {
    // Nothing listens on the discard port.
    let ask = ["cheapest", "gasoline", "5", "0", "0", "--server", "127.0.0.1:9", "--lang"];
    for (language, expected) in [("en", "does not answer"), ("pt", "não responde")] {
        let output = posto(&[&ask[..], &[language]].concat()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains(expected) && said(&output).lines().count() == 1, "{}", said(&output));
    }
}

#[test]
fn a_broken_file_is_told_by_its_own_name() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("broken.json");
    for (content, expected) in [("{", "broken.json, line 1"), ("{}", "expected an array of records")] {
        std::fs::write(&file, content).unwrap();
        let output = posto(&["import", "dados", file.to_str().unwrap(), "--dry-run"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains(expected), "{}", said(&output));
    }
    std::fs::write(&file, r#"[{"tipoCombustivel": "2", "valor": 0, "coordenadas": "(1;1)"}]"#).unwrap();
    let output = posto(&["import", "dados", file.to_str().unwrap(), "--dry-run", "--lang", "en"]).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(3), "all of it was refused");
    assert!(printed.contains("dry run: nothing was sent") && printed.contains("broken.json:1: valor 0"), "{printed}");
}
