//! Manual pages and completions, made from the command line's own words.

use std::fs;
use std::process::Command;
use std::time::Duration;

use posto_tests::process::{posto, run};

#[test]
fn every_command_has_a_manual_page_that_names_its_flags() {
    let directory = tempfile::tempdir().expect("a directory");
    let pages = directory.path().join("man");
    assert!(posto(["man"]).arg(&pages).status().expect("it runs").success());
    let help = run(&mut posto(["--help"]), "", Duration::from_secs(10));
    let help = String::from_utf8(help.stdout).expect("text");
    let listed = help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("commands");
    let commands: Vec<_> = listed.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    let commands = commands.into_iter().filter(|name| !name.is_empty() && *name != "help");
    for command in commands {
        let page = pages.join(format!("posto-{command}.1"));
        let text = fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        assert!(text.contains(".SH NAME") && text.contains(".TH"), "{command}");
    }
    let up = fs::read_to_string(pages.join("posto-up.1")).expect("a page");
    for flag in ["udp", "http", "data", "metrics", "log", "config"] {
        assert!(up.contains(&format!("\\-\\-{flag}")), "{flag}");
    }
    let main = fs::read_to_string(pages.join("posto.1")).expect("a page");
    assert!(main.contains("posto\\-up(1)"), "it names the others");
    rendered(&pages.join("posto-up.1"));
}

/// Reads a page as man does (UTF-8), where there is a reader.
fn rendered(page: &std::path::Path) {
    let Ok(output) = Command::new("groff").args(["-Kutf8", "-man", "-Tutf8", "-ww"]).arg(page).output() else {
        eprintln!("SKIPPED: no groff");
        return;
    };
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("Address of the UDP server"), "{text}");
}

#[test]
fn the_shells_get_their_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(&mut posto(["completions", shell]), "", Duration::from_secs(10));
        let script = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && script.contains("cheapest") && script.contains("metrics"), "{shell}");
    }
    let output = run(Command::new("bash").arg("-n"), &completions("bash"), Duration::from_secs(10));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn completions(shell: &str) -> String {
    let output = run(&mut posto(["completions", shell]), "", Duration::from_secs(10));
    String::from_utf8(output.stdout).expect("text")
}
