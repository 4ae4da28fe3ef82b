//! ARCHITECTURE.md names files that exist, and every crate; the tree holds nothing it should not.

use std::fs;
use std::process::Command;

use posto_tests::process::root;

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What stands between back-quotes, outside fenced blocks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let outside = text.split("```").step_by(2);
    outside.flat_map(|part| part.split('`').skip(1).step_by(2))
}

#[test]
fn every_path_that_architecture_names_exists() {
    let text = read("ARCHITECTURE.md");
    assert!(text.lines().count() <= 150, "a map is short");
    let is_path = |word: &&str| {
        let rooted = ["crates/", "tests/", "web/", "data/", "openapi/", ".ci/", ".cargo/"]
            .iter()
            .any(|top| word.starts_with(top));
        rooted && !word.contains([' ', '<', '*', '{'])
    };
    let paths: Vec<_> = quoted(&text).filter(is_path).collect();
    assert!(paths.len() > 20, "{paths:?}");
    for path in paths {
        assert!(root().join(path).exists(), "ARCHITECTURE.md names {path}, which does not exist");
    }
    for entry in fs::read_dir(root().join("crates")).expect("crates") {
        let name = entry.expect("an entry").file_name().into_string().expect("UTF-8");
        assert!(text.contains(&format!("`{name}`")), "ARCHITECTURE.md says nothing of the crate {name}");
    }
}

#[test]
fn the_top_level_is_what_architecture_says() {
    let listed = Command::new("git").current_dir(root()).args(["ls-files"]).output().expect("git runs");
    let files = String::from_utf8(listed.stdout).expect("UTF-8");
    let allowed = [
        ".cargo",
        ".ci",
        ".gitignore",
        "ARCHITECTURE.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "clippy.toml",
        "crates",
        "data",
        "deny.toml",
        "openapi",
        "rust-toolchain.toml",
        "rustfmt.toml",
        "tests",
        "web",
    ];
    for file in files.lines() {
        let top = file.split('/').next().expect("a first part");
        assert!(allowed.contains(&top), "{file} is not where it should be");
    }
}

#[test]
fn every_source_file_opens_with_a_sentence() {
    let listed = Command::new("git").current_dir(root()).args(["ls-files", "crates/*.rs"]).output().expect("git runs");
    for file in String::from_utf8(listed.stdout).expect("UTF-8").lines() {
        // A file may just have been moved away.
        let Ok(text) = fs::read_to_string(root().join(file)) else { continue };
        assert!(text.starts_with("//!") || file.ends_with("tests.rs"), "{file} does not say what it is");
    }
}
