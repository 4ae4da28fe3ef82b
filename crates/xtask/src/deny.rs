//! What dependencies may be: `deny.toml` read as cargo-deny reads it, for what is built here. cargo-deny
//! itself, where it is installed, knows more (`cargo deny check`); it takes minutes to compile.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, bail};
use serde_json::Value;
use spdx::{Expression, Licensee};

use crate::command::root;

/// Checks the licence and the source of every package that is compiled here, and that each names the
/// versions it can do with. All that is wrong is told.
pub fn check() -> anyhow::Result<()> {
    println!("\n=== the licences and sources of all dependencies, by deny.toml");
    let rules = fs::read_to_string(root().join("deny.toml"))?.parse::<toml::Table>()?;
    let allowed = rules.get("licenses").and_then(|licenses| licenses.get("allow")).and_then(toml::Value::as_array);
    let allowed = allowed.context("deny.toml: licenses.allow is missing")?.iter().filter_map(toml::Value::as_str);
    let allowed = allowed.map(Licensee::parse).collect::<Result<Vec<_>, _>>()?;
    let metadata = metadata()?;
    let packages = metadata["packages"].as_array().context("cargo metadata tells no packages")?;
    let wrong: Vec<_> = packages.iter().flat_map(|package| faults(package, &allowed)).collect();
    if !wrong.is_empty() {
        bail!("{}", wrong.join("\n"));
    }
    println!("{} packages, every one allowed", packages.len());
    Ok(())
}

fn metadata() -> anyhow::Result<Value> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root()).args(["metadata", "--format-version", "1", "--locked"]);
    let told = cargo.args(["--filter-platform", "x86_64-unknown-linux-gnu"]).output()?;
    if !told.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&told.stderr));
    }
    Ok(serde_json::from_slice(&told.stdout)?)
}

/// What is wrong with a package.
fn faults(package: &Value, allowed: &[Licensee]) -> Vec<String> {
    let name = format!("{} {}", text(package, "name"), text(package, "version"));
    let mut faults = Vec::new();
    let source = text(package, "source");
    if !source.is_empty() && !source.starts_with("registry+") && !source.starts_with("sparse+") {
        faults.push(format!("{name}: comes from {source}, not from a registry"));
    }
    let licence = text(package, "license");
    match Expression::parse_mode(licence, spdx::ParseMode::LAX) {
        Ok(expression) if expression.evaluate(|wanted| allowed.iter().any(|one| one.satisfies(wanted))) => {}
        Ok(_) => faults.push(format!("{name}: {licence} is not among the licences of deny.toml")),
        Err(error) => faults.push(format!("{name}: its licence cannot be read: {error}")),
    }
    let ours = source.is_empty();
    let wishes = package["dependencies"].as_array().into_iter().flatten().filter(|_| ours);
    let any = wishes.filter(|wish| text(wish, "req") == "*" && wish["path"].is_null());
    faults.extend(any.map(|wish| format!("{name}: takes any version of {}", text(wish, "name"))));
    faults
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn licences_sources_and_versions_are_held_to_the_rules() {
        let allowed = [Licensee::parse("MIT").unwrap(), Licensee::parse("Apache-2.0").unwrap()];
        let package = |licence: &str, source: &str| {
            json!({"name": "a", "version": "1.0.0", "license": licence, "source": source,
                   "dependencies": [{"name": "b", "req": "*"}]})
        };
        let registry = "registry+https://example.org/index";
        for good in ["MIT", "MIT OR GPL-3.0", "MIT/Apache-2.0", "Apache-2.0 AND MIT"] {
            assert_eq!(faults(&package(good, registry), &allowed), [""; 0], "{good}");
        }
        for bad in ["GPL-3.0", "MIT AND GPL-3.0", "", "Shareware"] {
            assert_eq!(faults(&package(bad, registry), &allowed).len(), 1, "{bad}");
        }
        assert_eq!(faults(&package("MIT", "git+https://example.org/a"), &allowed).len(), 1);
        let mut ours = package("MIT", "");
        ours["source"] = Value::Null;
        assert_eq!(faults(&ours, &allowed), ["a 1.0.0: takes any version of b"]);
    }
}
