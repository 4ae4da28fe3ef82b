//! The captures of the original program: what was sent, answered, typed and printed.

use std::path::Path;

use serde_json::Value;

/// The scenarios of one file, one JSON object a line.
///
/// # Panics
/// Where the file cannot be read.
#[must_use]
pub fn scenarios(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).expect("readable");
    text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// A member's text.
///
/// # Panics
/// Where it has none.
#[must_use]
pub fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("no text {member} in {value}"))
}
