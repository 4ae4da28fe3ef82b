use super::*;

#[test]
fn hours_are_one_line_of_printable_ascii_of_bounded_length() {
    assert_eq!(OpeningHours::new("  Mo-Fr  08:00-20:00;\n PH off ").unwrap().as_str(), "Mo-Fr 08:00-20:00; PH off");
    for bad in ["", " \n", "seg-sex às 8", "Mo\u{7}", &"x".repeat(MAX_HOURS_BYTES + 1), &"\"".repeat(MAX_HOURS_BYTES)]
    {
        assert_eq!(OpeningHours::new(bad), None, "{bad:?}");
    }
    assert!(OpeningHours::new(&"x".repeat(MAX_HOURS_BYTES)).is_some());
}
