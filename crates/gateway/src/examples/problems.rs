//! One real problem of every code: made as the gateway makes it, from what really leads to it.

use std::net::Ipv4Addr;
use std::time::Duration;

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use posto_client::ClientError;
use posto_wire::answer::Candidate;
use posto_wire::{ErrorCode, Mistake};
use serde_json::Value;

use super::{MITAI, REQUEST_ID, TAUROS, facts, value};
use crate::accept::{Accept, Form};
use crate::code::Code;
use crate::fault::{Kind, Refusal};
use crate::problem::Problem;
use crate::{body, host, inbound, search};

/// The example of a problem with this code.
pub(crate) fn problem(code: Code) -> Value {
    value(&made(code).body(REQUEST_ID))
}

/// The problem as the gateway makes it.
fn made(code: Code) -> Problem {
    let nothing_special = || Problem::new(code, code.meaning().map_or("", |told| told.meaning.en));
    match code {
        Code::UnreadableRequest => asked("fuel=gasoline&raduis=5&lat=91&lon=-54.7653"),
        Code::NotAllowed => asked("fuel=gasoline&radius=-1&lat=91&lon=-54.7653"),
        Code::ConflictingParameters => {
            let refusal = Refusal::new(Kind::Conflicting, "give either radius or bbox, not both");
            Problem::from(("bbox", Some("-54.9,-22.3,-54.7,-22.1"), refusal))
        }
        Code::NotAcceptable => {
            let image = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("image/png"))]);
            Accept::of(&image).choose(&[Form::Json, Form::GeoJson, Form::Csv]).err().unwrap_or_else(nothing_special)
        }
        Code::WrongHost => {
            let ours = host::names_of(Ipv4Addr::LOCALHOST.into());
            let elsewhere = Uri::from_static("http://elsewhere.example/");
            host::check(&elsewhere, &HeaderMap::new(), Some(&ours)).err().unwrap_or_else(nothing_special)
        }
        Code::UnknownRoute | Code::MethodNotAllowed => Problem::of_status(code.status()),
        Code::UnsupportedMediaType => body::not_json(),
        Code::BodyTooLarge => inbound::too_large(),
        Code::SlowRequest => inbound::too_slow(),
        Code::NoStationInRadius => Problem::new(code, "no station in the radius sells the fuel"),
        Code::UnknownStation => refused(ErrorCode::PostoDesconhecido),
        Code::KeyReused => refused(ErrorCode::IdReutilizado),
        Code::HiddenStation => refused(ErrorCode::PostoOculto),
        Code::AmbiguousStation => refused(ErrorCode::PostoAmbiguo),
        Code::NotPermitted => refused(ErrorCode::NaoPermitido),
        Code::Behind => refused(ErrorCode::Atrasado),
        Code::ServerStopped => refused(ErrorCode::DiarioParado),
        Code::NotSupportedByServer => ClientError::NotSupported.into(),
        Code::TooLongForServer => ClientError::TooLarge { bytes: 1_300, limit: 1_200 }.into(),
        Code::ServerSilent => ClientError::Silent { server: String::new(), with_key: false }.into(),
        Code::SessionLost => ClientError::SessionLost.into(),
        Code::Busy => ClientError::ServerBusy { retry_after: Duration::from_secs(1) }.into(),
        Code::NoAnswerInTime => ClientError::Deadline.into(),
        _ => nothing_special(),
    }
}

fn asked(query: &str) -> Problem {
    search::cheapest(Some(query)).err().unwrap_or_else(|| Problem::of_status(StatusCode::BAD_REQUEST))
}

fn refused(code: ErrorCode) -> Problem {
    let candidate = |(sample, distance_m)| Candidate { station: facts(sample), distance_m };
    let mut mistake = Mistake::new(code, "");
    if code == ErrorCode::PostoAmbiguo {
        mistake.candidates = [(MITAI, 12.4), (TAUROS, 38.9)].map(candidate).into();
    }
    ClientError::Refused(Box::new(mistake)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_an_example_of_its_own() {
        for code in Code::ALL {
            let example = problem(code);
            assert_eq!(example["code"], code.slug(), "{example}");
            assert_eq!(example["status"], code.status().as_u16());
            assert!(example["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{example}");
        }
        assert!(problem(Code::UnreadableRequest)["errors"].as_array().is_some_and(|errors| errors.len() == 3));
    }
}
