//! `W`: where from, and how long to wait.

use super::*;
use crate::limits::{MAX_INTEGER, MAX_WAIT};

pub(super) fn any_changes() -> impl Strategy<Value = ChangesRequest> {
    let most = u64::try_from(MAX_INTEGER).unwrap();
    let place = (any_id(), 0..=most).prop_map(|(book, position)| JournalPlace { book, position });
    let longest = u64::try_from(MAX_WAIT.as_millis()).unwrap();
    (maybe(place), 0..=longest)
        .prop_map(|(after, wait_ms)| ChangesRequest { after, wait: Duration::from_millis(wait_ms) })
}

const CHANGES: &str = r#""acao": "W", "desde": 48471, "book": "5d41", "espera_ms": 20000"#;

#[test]
fn a_position_and_its_book_are_given_together_or_not_at_all() {
    let place = Some(JournalPlace { book: "5d41".to_owned(), position: 48_471 });
    assert_eq!(taken(CHANGES), Command::Changes(ChangesRequest { after: place, wait: MAX_WAIT }));
    let newest = ChangesRequest { after: None, wait: Duration::ZERO };
    assert_eq!(taken(r#""acao": "w""#), Command::Changes(newest));
    for name in ["desde", "book"] {
        let members = without(CHANGES, name);
        let mistake = refused(members.trim_start_matches('{').trim_end_matches('}'));
        assert_eq!((mistake.code, mistake.parameter.as_deref()), (ErrorCode::ParametroVazio, Some(name)));
    }
}

#[test]
fn every_member_has_its_range() {
    let wrong: [(&str, &[&str]); 3] = [
        ("desde", &["-1", "1.5", "\"7\"", "9007199254740993.0", "true"]),
        ("book", &["\"a b\"", "5", "\"é\""]),
        ("espera_ms", &["-1", "20001", "0.5", "\"20\""]),
    ];
    for (name, values) in wrong {
        for text in values {
            let members = with(CHANGES, name, text);
            let mistake = refused(members.trim_start_matches('{').trim_end_matches('}'));
            let told = (mistake.code, mistake.parameter.as_deref(), mistake.allowed.is_some());
            assert_eq!(told, (ErrorCode::ParametroInvalido, Some(name), true), "{text}");
        }
    }
    assert!(v1_text(r#"{"acao": "W", "desde": 1, "book": "a"}"#).starts_with("Ação não conhecida: w"));
}
