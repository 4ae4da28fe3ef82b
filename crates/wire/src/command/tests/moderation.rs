//! `F` and `X`.

use posto_market::{Act, FlagReason};

use super::*;

pub(super) fn any_flag() -> impl Strategy<Value = Command> {
    let reason = proptest::sample::select(&FlagReason::ALL[..]);
    let whose = maybe(any_reporter());
    let flag = (any_station_id(), reason, maybe(any_fuel()), any_label(), whose);
    flag.prop_map(|(station, reason, fuel, note, reporter)| {
        let fuel = fuel.filter(|_| reason == FlagReason::PriceGone);
        Command::Flag(FlagRequest { station, reason, fuel, note, reporter })
    })
}

fn any_act() -> impl Strategy<Value = Act> {
    let at = (-62_135_596_800_000_i64..=253_402_207_200_999).prop_map(Timestamp::from_millis);
    prop_oneof![
        (any_station_id(), any_fuel()).prop_map(|(station, fuel)| Act::End { station, fuel }),
        any_station_id().prop_map(|station| Act::Hide { station }),
        any_station_id().prop_map(|station| Act::Show { station }),
        any_station_id().prop_map(|station| Act::Dismiss { station }),
        (any_station_id(), any_station_id()).prop_map(|(from, into)| Act::Merge { from, into }),
        ("[ -~é]{1,80}", at).prop_map(|(origin, since)| Act::Withdraw { origin, since }),
    ]
}

pub(super) fn any_order() -> impl Strategy<Value = Command> {
    (any_act(), any_label(), maybe(any_id()), any::<bool>())
        .prop_map(|(act, reason, operator, dry_run)| Command::Moderate(ActRequest { act, reason, operator, dry_run }))
}

pub(super) fn any_oversight() -> impl Strategy<Value = Command> {
    let at = (-62_135_596_800_000_i64..=253_402_207_200_999).prop_map(Timestamp::from_millis);
    prop_oneof![
        Just(Oversight::Flags),
        maybe(at).prop_map(|since| Oversight::Origins { since }),
        (1..=MAX_LIST, maybe(1..=i64::MAX)).prop_map(|(limit, before)| Oversight::Log { limit, before }),
    ]
    .prop_map(Command::Oversee)
}

#[test]
fn a_flag_names_its_station_and_what_is_wrong() {
    let flag = r#""acao": "F", "posto": "it-61154", "motivo": "preco_acabou", "combustivel": "2""#;
    assert!(matches!(taken(flag), Command::Flag(flag) if flag.fuel == Some(Fuel::Gasoline) && flag.note.is_none()));
    for (right, wrong, member) in [
        ("preco_acabou", "mentira", "motivo"),
        ("it-61154", "a b", "posto"),
        ("\"2\"", "\"9\"", "combustivel"),
        ("preco_acabou", "posto_fechado", "combustivel"),
    ] {
        assert_eq!(refused(&flag.replace(right, wrong)).parameter.as_deref(), Some(member));
    }
    assert_eq!(refused(r#""acao": "F", "posto": "it-1""#).parameter.as_deref(), Some("motivo"));
}

#[test]
fn an_order_has_what_its_act_needs() {
    for (members, missing) in [
        (r#""posto": "it-1""#, "ato"),
        (r#""ato": "ocultar""#, "posto"),
        (r#""ato": "encerrar", "posto": "it-1""#, "combustivel"),
        (r#""ato": "unir", "posto": "it-1""#, "destino"),
        (r#""ato": "retirar", "desde": "2026-08-21T06:00:00Z""#, "origem"),
        (r#""ato": "retirar", "origem": "v2 192.0.2.7""#, "desde"),
    ] {
        let mistake = refused(&format!(r#""acao": "X", {members}"#));
        assert_eq!((mistake.code, mistake.parameter.as_deref()), (ErrorCode::ParametroVazio, Some(missing)));
    }
    let unknown = refused(r#""acao": "X", "ato": "apagar""#);
    assert!(unknown.allowed.is_some_and(|allowed| allowed.contains("ocultar")));
}
