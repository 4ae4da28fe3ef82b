//! A station's address as one line that fits into a label.

use posto_market::limits::MAX_LABEL_CHARACTERS;

/// What stands between street and town.
const SEPARATOR: &str = ", ";

/// `VIA ROMA 1, MILANO (MI)`, without what is blank; a street that is too long for a label is cut
/// before the town is (some 680 addresses of Italy's file of 2026-08-21 would lose part of it).
pub(crate) fn address(street: &str, town: &str) -> String {
    let room = MAX_LABEL_CHARACTERS.saturating_sub(town.chars().count() + SEPARATOR.len());
    let street = street.split_whitespace().collect::<Vec<_>>().join(" ");
    let street: String = street.chars().take(room).collect();
    let parts = [street.trim_end(), town.trim_start()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(SEPARATOR)
}

/// Both parts with a blank between them, without what is blank.
pub(crate) fn joined(parts: [&str; 2]) -> String {
    let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_street_is_cut_before_the_town() {
        assert_eq!(address(" Riehler   Str. ", &joined(["50735", " Köln "])), "Riehler Str., 50735 Köln");
        assert_eq!(address("", "Köln"), "Köln");
        assert_eq!(address("Am Tor", ""), "Am Tor");
        let long = address(&"x".repeat(100), "Köln");
        assert!(long.ends_with(", Köln") && long.chars().count() == MAX_LABEL_CHARACTERS, "{long}");
    }
}
