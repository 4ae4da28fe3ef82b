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

/// The state on a weekday (0: Monday) at a time.
fn at(hours: &str, weekday: usize, clock: &str) -> Option<bool> {
    let (hour, minute) = clock.split_once(':').unwrap();
    let minute = hour.parse::<u16>().unwrap() * 60 + minute.parse::<u16>().unwrap();
    OpeningHours::new(hours).unwrap().is_open(Some((weekday, minute)))
}

#[test]
fn ranges_of_days_and_times_open_from_their_first_minute_to_before_their_last() {
    let hours = "Mo-Fr 07:30-12:30,15:00-19:00; Sa 07:30-13:00; PH off";
    for (weekday, clock, open) in [
        (0, "07:29", false),
        (0, "07:30", true),
        (4, "12:29", true),
        (4, "12:30", false),
        (4, "15:00", true),
        (5, "12:59", true),
        (5, "15:00", false),
        (6, "12:00", false),
    ] {
        assert_eq!(at(hours, weekday, clock), Some(open), "{weekday} {clock}");
    }
}

#[test]
fn a_range_past_midnight_lasts_into_the_next_day() {
    for hours in ["Sa-Su 22:00-06:00", "Sa,Su 22:00-30:00", "PH,Sa-Su 22:00-06:00"] {
        assert_eq!(at(hours, 5, "23:00"), Some(true), "{hours}");
        assert_eq!(at(hours, 6, "05:59"), Some(true), "{hours}");
        assert_eq!(at(hours, 0, "05:59"), Some(true), "{hours}");
        assert_eq!(at(hours, 0, "06:00"), Some(false), "{hours}");
        assert_eq!(at(hours, 5, "05:00"), Some(false), "{hours}");
    }
}

#[test]
fn days_may_run_past_sunday() {
    assert_eq!(at("Fr-Mo 08:00-20:00", 0, "10:00"), Some(true));
    assert_eq!(at("Fr-Mo 08:00-20:00", 1, "10:00"), Some(false));
}

#[test]
fn a_later_rule_replaces_its_days_and_one_after_a_comma_adds_to_them() {
    assert_eq!(at("Mo-Su 08:00-20:00; Su 09:00-12:00", 6, "08:30"), Some(false));
    assert_eq!(at("Mo-Su 08:00-20:00; Su off", 6, "10:00"), Some(false));
    assert_eq!(at("Mo-Fr 07:20-12:30, 15:00-19:00, Sa 07:20-12:30; PH off", 5, "08:00"), Some(true));
    assert_eq!(at("Mo-Fr 07:20-12:30, 15:00-19:00, Sa 07:20-12:30; PH off", 5, "16:00"), Some(false));
    assert_eq!(at("Mo-Fr 08:00-18:00; Mo-Fr 12:00-13:00 off", 0, "12:30"), Some(false));
    assert_eq!(at("Mo-Fr 08:00-18:00; Mo-Fr 12:00-13:00 off", 0, "13:00"), Some(true));
    assert_eq!(at("24/7; Su off", 6, "10:00"), Some(false));
}

#[test]
fn hours_without_days_hold_every_day_and_days_without_hours_all_day() {
    assert_eq!(at("07:00-22:00", 6, "21:59"), Some(true));
    assert_eq!(at("Mo-Sa", 5, "23:59"), Some(true));
    assert_eq!(at("Mo-Sa", 6, "00:00"), Some(false));
    assert_eq!(at("Mo-Sa: 8:00 - 20:00;", 5, "19:59"), Some(true));
    assert_eq!(at("00:00-24:00", 3, "12:00"), Some(true));
    assert_eq!(at("open", 3, "12:00"), Some(true));
}

#[test]
fn what_is_beyond_the_subset_is_unknown() {
    for hours in [
        "unknown",
        "Jan-Mar 08:00-18:00",
        "Mo-Fr sunrise-sunset",
        "Mo-Fr 08:00+",
        "Mo[1] 08:00-12:00",
        "Mo-Fr 08:00-18:00 \"by appointment\"",
        "Mo-Fr 08:00-18:00 || \"call us\"",
        "Mo-Fr 25:00-26:00",
        "Mo-Fr 08:60-18:00",
        "Mo,",
        "Mo-",
        "08:00",
        "PH off",
        "Monday 08:00-10:00",
        "week 1-20 Mo 08:00-10:00",
        "L-V 07:00-22:00",
        ";",
    ] {
        assert_eq!(at(hours, 2, "09:00"), None, "{hours}");
    }
    assert_eq!(at("Mo-Sa 08:00-20:00; Su unknown", 6, "10:00"), None);
}

#[test]
fn without_a_clock_only_what_always_holds_is_known() {
    let told = |hours: &str| OpeningHours::new(hours).unwrap().is_open(None);
    assert_eq!(told("24/7"), Some(true));
    assert_eq!(told("Mo-Su 00:00-24:00"), Some(true));
    assert_eq!(told("off"), Some(false));
    assert_eq!(told("Mo-Sa 00:00-24:00"), None);
}

#[test]
fn a_station_is_open_by_the_clock_of_its_country() {
    use crate::{Label, Position, Station, StationId, Timestamp};
    let station = |source| Station {
        hours: OpeningHours::new("Mo-Fr 08:00-20:00"),
        source: Label::new(source),
        ..Station::at(StationId::parse("x").unwrap(), Position::from_degrees(45.0, 9.0).unwrap())
    };
    // Friday 2026-08-21, 06:00 UTC: 08:00 in Rome, by summer time.
    let opens = Timestamp::from_millis(1_787_292_000_000);
    let before = Timestamp::from_millis(1_787_292_000_000 - 1);
    assert_eq!((station("it").is_open(before), station("it").is_open(opens)), (Some(false), Some(true)));
    assert_eq!(station("osm").is_open(opens), None);
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "([MTWFSPuoehrat]{2}|[-,;: 0-9/+]|24/7|off|[0-9]{2}:[0-9]{2}){0,20}", weekday in 0_usize..7, minute in 0_u16..1440) {
        if let Some(hours) = OpeningHours::new(&text) {
            let _ = (hours.is_open(Some((weekday, minute))), hours.is_open(None));
        }
    }
}
