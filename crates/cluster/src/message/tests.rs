use proptest::prelude::*;

use super::samples::entry;
use super::*;
use crate::proposal::{Instance, ProposalId};

fn message(entry: Entry) -> Message {
    let proposal = ProposalId { instance: Instance::of(0x9f86_d081_884c_7d65), number: 17 };
    Message { proposal, default_currency: Currency::BRL, entry }
}

proptest! {
    #[test]
    fn every_entry_is_read_back_as_it_was(entry in entry()) {
        let message = message(entry);
        prop_assert_eq!(Message::decode(&message.encode().unwrap()), Ok(message));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Message::decode(&bytes).is_err());
    }

    #[test]
    fn a_damaged_message_is_an_error_or_another_message(entry in entry(), at: prop::sample::Index, byte: u8) {
        let mut bytes = message(entry).encode().unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = Message::decode(&bytes);
    }
}

#[test]
fn a_message_looks_like_this() {
    let text = r#"{"version":1,"proposal":"9f86d081884c7d65-17","currency":"BRL","entry":{"report":{"fuel":"gasoline","price":5890,"position":[-23561414,-46655881],"radius_km":0.15,"new":false,"id":{"key":"a-1","digest":"0707070707070707070707070707070707070707070707070707070707070707"},"origin":"token ana"}}}"#;
    let message = Message::decode(text.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(message.encode().unwrap()).unwrap(), text);
    let Entry::Report(report) = message.entry else { panic!("a report") };
    assert_eq!(report.price.to_string(), "5.890");
}

#[test]
fn a_newer_message_says_what_to_do_whatever_else_it_holds() {
    let newer = Message::decode(br#"{"version":2,"proposal":7,"news":[]}"#);
    assert_eq!(newer, Err(MessageError::Newer { found: 2 }));
    assert!(newer.unwrap_err().to_string().contains("upgrade this server first"));
}

#[test]
fn what_has_no_version_is_foreign_and_an_unknown_member_is_an_error() {
    for foreign in ["hello", "{}", "[1]", "", r#"{"version":"1"}"#] {
        assert_eq!(Message::decode(foreign.as_bytes()), Err(MessageError::Foreign), "{foreign}");
    }
    let unknown = r#"{"version":1,"proposal":"9f86d081884c7d65-17","currency":"BRL","entry":{"seed":[]},"more":1}"#;
    assert!(matches!(Message::decode(unknown.as_bytes()), Err(MessageError::Unreadable(_))));
}
