//! `POST /stations/{id}/flags`: kept for the operator, wrong ones told whole.

use axum::body::Body;
use axum::http::Request;
use posto_market::{FlagReason, Fuel};
use posto_wire::{Command, ErrorCode};

use crate::support::{Answered, Gateway, friendly, refuse};

async fn flag(gateway: &Gateway, station: &str, body: &str) -> Answered {
    let request = Request::post(format!("/stations/{station}/flags")).header("content-type", "application/json");
    gateway.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

#[tokio::test]
async fn a_flag_is_202_and_reaches_the_server_whole() {
    let gateway = Gateway::before(friendly);
    let body = r#"{"reason": "price-gone", "fuel": "gasolina", "note": " now  5.099 "}"#;
    let answered = flag(&gateway, "it-1", body).await;
    assert_eq!((answered.status.as_u16(), answered.text()), (202, ""));
    let Command::Flag(asked) = gateway.asked().pop().unwrap().command else { panic!() };
    assert_eq!((asked.station.as_str(), asked.reason), ("it-1", FlagReason::PriceGone));
    assert_eq!((asked.fuel, asked.note.unwrap().as_str()), (Some(Fuel::Gasoline), "now 5.099"));
    for reason in FlagReason::ALL {
        let body = format!(r#"{{"reason": "{}"}}"#, reason.slug());
        assert_eq!(flag(&gateway, "it-1", &body).await.status, 202);
    }
}

#[tokio::test]
async fn an_unknown_station_is_404_and_every_mistake_is_told() {
    let gateway = Gateway::before(friendly);
    flag(&gateway, "it-9", r#"{"reason": "wrong-place"}"#).await.problem(404, "unknown-station");
    let long = format!(r#"{{"reason": "lies", "fuel": "petroleum", "note": "{}"}}"#, "x".repeat(81));
    let faults = flag(&gateway, "it-1", &long).await.faults(422, "not-allowed");
    assert_eq!(faults.iter().map(|fault| fault.0.as_str()).collect::<Vec<_>>(), ["reason", "fuel", "note"]);
    let together = r#"{"reason": "station-closed", "fuel": "diesel"}"#;
    assert_eq!(flag(&gateway, "it-1", together).await.faults(422, "conflicting-parameters")[0].0, "fuel");
    assert_eq!(flag(&gateway, "it-1", "{}").await.faults(400, "unreadable-request")[0].0, "reason");
    flag(&gateway, "it-1", "[]").await.problem(422, "not-allowed");
    flag(&gateway, "a%20b", r#"{"reason": "wrong-place"}"#).await.problem(422, "not-allowed");
    assert_eq!(gateway.asked().len(), 1, "only what was right was asked");
}

#[tokio::test]
async fn a_report_for_a_hidden_station_is_a_conflict_that_says_so() {
    let gateway = Gateway::before(|_| refuse(ErrorCode::PostoOculto));
    let body = r#"{"fuel": "diesel", "price": 5, "lat": 1, "lon": 1, "station": "it-1"}"#;
    gateway.post(body).await.problem(409, "hidden-station");
}
