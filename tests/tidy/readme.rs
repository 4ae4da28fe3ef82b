//! README's commands, run as they stand there against a fresh `posto up`: each prints what README
//! says it prints.

use std::fs;
use std::time::Duration;

use posto_tests::http::{get, post};
use posto_tests::process::{Serving, posto, root, run};
use serde_json::Value;

/// A command of README and what it shows below it.
struct Example {
    command: String,
    shown: String,
}

/// The examples of the fenced blocks marked `console`: lines after `$ ` and what follows them.
fn examples() -> Vec<Example> {
    let text = fs::read_to_string(root().join("README.md")).expect("README.md");
    let mut examples: Vec<Example> = Vec::new();
    for block in text.split("```console\n").skip(1) {
        let block = block.split("\n```").next().expect("a first part");
        for line in block.replace("\\\n", " ").lines() {
            match (line.strip_prefix("$ "), examples.last_mut()) {
                (Some(command), _) => examples.push(Example { command: command.to_owned(), shown: String::new() }),
                (None, Some(example)) => example.shown.push_str(&format!("{line}\n")),
                (None, None) => panic!("README shows {line:?} before any command"),
            }
        }
    }
    examples
}

#[test]
fn the_examples_print_what_readme_says() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &[]);
    let mut curls = 0;
    let mut commands = 0;
    for example in examples() {
        if let Some(arguments) = example.command.strip_prefix("curl ") {
            let answer = curl(&up, arguments);
            let shown: Value =
                serde_json::from_str(&example.shown).unwrap_or_else(|error| panic!("{error}: {}", example.shown));
            assert_eq!(without_time(answer), without_time(shown), "{}", example.command);
            curls += 1;
        } else if let Some(arguments) = example.command.strip_prefix("posto ") {
            let server = up.udp().to_string();
            let output =
                run(posto(arguments.split_whitespace()).env("POSTO_SERVER", server), "", Duration::from_secs(10));
            assert_eq!(String::from_utf8_lossy(&output.stdout), example.shown, "{}", example.command);
            commands += 1;
        }
    }
    assert!(curls >= 3, "README shows {curls} curl examples");
    assert!(commands >= 1, "README shows {commands} commands");
}

#[test]
fn the_client_s_transcript_is_what_it_prints() {
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::serve(data.path(), &[]);
    let text = fs::read_to_string(root().join("README.md")).expect("README.md");
    let shown = text.split("```transcript\n").nth(1).and_then(|rest| rest.split("\n```").next()).expect("a transcript");
    let typed: Vec<_> = shown.lines().filter_map(|line| line.strip_prefix("Entrada: ")).collect();
    assert!(!typed.is_empty());
    let printed =
        typed.iter().fold(shown.to_owned(), |shown, typed| shown.replace(&format!("Entrada: {typed}\n"), "Entrada: "));
    let address = up.udp();
    let mut client = posto(["client", "--protocol", "v1", &address.ip().to_string(), &address.port().to_string()]);
    let output =
        run(&mut client, &typed.iter().map(|line| format!("{line}\n")).collect::<String>(), Duration::from_secs(10));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim_end(), format!("{printed}\n\n\nEntrada:"));
}

/// What curl would print: `'http://…'` or `URL -d 'BODY'`, in single quotes.
fn curl(up: &Serving, arguments: &str) -> Value {
    let quoted: Vec<_> = arguments.split('\'').skip(1).step_by(2).collect();
    let url = quoted.iter().find_map(|part| part.strip_prefix("http://127.0.0.1:8080")).expect("an address in quotes");
    let body = quoted.iter().find(|part| part.starts_with('{'));
    match body {
        Some(body) => post(up.http(), url, "", body).json(),
        None => get(up.http(), url).json(),
    }
}

/// Times and request ids differ from run to run.
fn without_time(mut answer: Value) -> Value {
    for member in ["reported_at", "age_s", "request_id"] {
        if answer[member].is_string() || answer[member].is_u64() {
            answer[member] = Value::from("…");
        }
    }
    answer
}
