//! `POST /stations`: report a price (command `D`).

use axum::Json;
use axum::extract::Request;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use posto_client::ClientError;
use posto_market::{Fuel, Label, Position, Price, StationId, StationWish, limits as market_limits};
use posto_wire::ErrorCode;
use posto_wire::answer::Reported as Answered;
use posto_wire::command::{Report, coordinates_of};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::accept::TakesJson;
use crate::body;
use crate::code::Code;
use crate::exchange::Exchange;
use crate::fault::{Kind, Refusal};
use crate::limits::IDEMPOTENCY_KEY_BYTES;
use crate::money;
use crate::openapi::ReportProblems;
use crate::parameters::{
    AskingRequest, LATITUDE_ALLOWED, LATITUDES, LONGITUDE_ALLOWED, LONGITUDES, ReportHeaders, fuel_schema,
};
use crate::problem::Problem;
use crate::query;
use crate::random;
use crate::shapes::{Pending, Reported};
use crate::writer::Writer;

/// How near, in metres, a station must be to be the one meant (PROTOCOL §7, our clients' value).
const RADIUS_M: f64 = 50.0;

/// The members of a report's body.
const MEMBERS: [&str; 9] = ["fuel", "price", "lat", "lon", "name", "brand", "station", "radius_m", "new"];

/// A price to report.
#[derive(Debug, ToSchema)]
#[schema(as = Report, example = json!(crate::examples::report()))]
pub(crate) struct ReportBody {
    /// The fuel: its slug or an alias.
    #[schema(schema_with = fuel_schema)]
    fuel: Fuel,
    /// The price of one unit, exact; at most three decimals.
    #[schema(schema_with = money::schema)]
    price: Price,
    /// Latitude in degrees, north positive.
    #[schema(minimum = -90, maximum = 90)]
    lat: f64,
    /// Longitude in degrees, east positive.
    #[schema(minimum = -180, maximum = 180)]
    lon: f64,
    /// The station's name; fills a blank, never overwrites. Blank counts as not given.
    #[schema(value_type = Option<String>, max_length = 80)]
    name: Option<Label>,
    /// Its brand, likewise.
    #[schema(value_type = Option<String>, max_length = 80)]
    brand: Option<Label>,
    /// The id of the station meant; then lat, lon do not decide.
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9._-]{1,64}$")]
    station: Option<StationId>,
    /// How far, in metres, the station may be from lat, lon; 50 when not given.
    #[schema(minimum = 0, maximum = 1000)]
    radius_m: Option<f64>,
    /// A new station is meant, whatever is near.
    new: Option<bool>,
}

/// Report a price
///
/// The price replaces the station's former one of this fuel. The station is the one within
/// `radius_m` of the position, or `station`; several are a 409 with the candidates, none becomes a
/// new one. Where the gateway takes reports from everyone within limits, one without a token that says
/// something else than a price under an hour old of a feed or a token is answered 202 and waits for a
/// second reporter. An original server of 2019 behind the gateway takes diesel, ethanol and gasoline, and
/// of the members only fuel, price, lat and lon.
#[utoipa::path(
    post, path = "/stations", operation_id = "report", tag = "stations",
    params(ReportHeaders, AskingRequest),
    security((), ("token" = [])),
    request_body(content = ReportBody, description = "The price"),
    responses(
        (status = 201, description = "The first price of this fuel there",
            headers(
                ("Location" = String, description = "The station; missing in front of an original server"),
                ("Posto-Position" = String, description = "From here on the book has the report; not told by every server"),
            ),
            body = Reported, example = json!(crate::examples::reported())),
        (status = 200, description = "The price replaced another one", body = Reported,
            headers(
                ("Posto-Position" = String, description = "From here on the book has the report; not told by every server"),
            ),
            example = json!(crate::examples::replaced())),
        (status = 202, description = "Not recorded yet: it waits for a second reporter", body = Pending,
            example = json!(crate::examples::pending())),
        ReportProblems,
    ),
)]
pub(crate) async fn report(
    _: TakesJson,
    writer: Writer,
    exchange: Exchange,
    request: Request,
) -> Result<Response, Problem> {
    let (head, body) = request.into_parts();
    query::refuse_all(head.uri.query())?;
    let (key, is_given) = key(&head.headers)?;
    let bytes = body::bytes(&head.headers, body, exchange.deadline).await?;
    let body = read(&bytes)?;
    let (fuel, price) = (body.fuel, body.price);
    let report = body.into_report(id(&writer.principal(), &key), &writer);
    let asked = if is_given { once(&exchange, report).await? } else { ask(&exchange, report).await? };
    let reported = match asked {
        Err(ClientError::Refused(mistake)) if mistake.code == ErrorCode::AguardaConfirmacao => {
            let station = mistake.candidates.into_iter().next().map(|candidate| candidate.station.id);
            return Ok((StatusCode::ACCEPTED, Json(Pending::new(station, fuel, price))).into_response());
        }
        asked => asked.map_err(|error| Problem::from(error).of_a_report())?,
    };
    let reported = Reported::new(reported, fuel);
    if reported.is_a_replacement() {
        return Ok(Json(reported).into_response());
    }
    let location = reported.location().and_then(|location| HeaderValue::try_from(location).ok());
    let mut response = (StatusCode::CREATED, Json(reported)).into_response();
    if let Some(location) = location {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// What the server says to a report.
type Asked = Result<Answered, ClientError>;

async fn ask(exchange: &Exchange, report: Report) -> Result<Asked, Problem> {
    let asked = exchange.ask_to_the_end(|pool, errand| async move { pool.report(errand.call(), report).await });
    tokio::time::timeout_at(exchange.deadline, asked)
        .await
        .map_err(|_| Problem::from(ClientError::Deadline).of_a_report())
}

/// The same of a report whose key its client may send again: the next one waits for this one, which is
/// worked on to its end, also where the client's own deadline comes before that.
async fn once(exchange: &Exchange, report: Report) -> Result<Asked, Problem> {
    let id = report.id.clone().unwrap_or_default();
    let Some(turn) = exchange.state.running.turn(&id, exchange.deadline).await else {
        let detail = "the first report with this key is not answered yet; ask again with the same key";
        return Err(Problem::new(Code::InProgress, detail));
    };
    let asking = exchange.clone();
    let work = tokio::spawn(async move {
        let _turn = turn;
        asking.ask_to_the_end(|pool, errand| async move { pool.report(errand.call(), report).await }).await
    });
    match tokio::time::timeout_at(exchange.deadline, work).await {
        Ok(Ok(asked)) => Ok(asked),
        Ok(Err(defect)) => Err(Problem::internal(&defect.to_string())),
        Err(_) => Err(Problem::from(ClientError::Deadline).of_a_report()),
    }
}

fn read(bytes: &[u8]) -> Result<ReportBody, Problem> {
    let mut given = body::members(bytes, &MEMBERS)?;
    let fuel = given.required("fuel", body::fuel);
    let price = given.required("price", body::price);
    let lat = given.required("lat", |raw| body::number(raw, LATITUDES, LATITUDE_ALLOWED));
    let lon = given.required("lon", |raw| body::number(raw, LONGITUDES, LONGITUDE_ALLOWED));
    let name = given.optional("name", label).flatten();
    let brand = given.optional("brand", label).flatten();
    let station = given.optional("station", |raw| {
        let allowed = "1 to 64 of A-Z a-z 0-9 . _ -";
        StationId::parse(&body::text(raw)?).ok_or_else(|| Refusal::not_allowed("not a station's id", allowed))
    });
    let farthest_m = market_limits::MAX_REPORT_RADIUS_KM * 1000.0;
    let radius_m = given.optional("radius_m", |raw| body::number(raw, 0.0..=farthest_m, "metres from 0 to 1000"));
    let new = given.optional("new", body::flag);
    if new == Some(true) && station.is_some() {
        given.refuse("new", Refusal::new(Kind::Conflicting, "give either station or new: true, not both"));
    }
    let body = || {
        let (fuel, price, lat, lon) = (fuel?, price?, lat?, lon?);
        Some(ReportBody { fuel, price, lat, lon, name, brand, station, radius_m, new })
    };
    given.finish(body())
}

/// A name or brand; blank ones are none.
fn label(raw: &serde_json::value::RawValue) -> Result<Option<Label>, Refusal> {
    let text = body::text(raw)?;
    let longest = market_limits::MAX_LABEL_CHARACTERS;
    if text.chars().count() > longest {
        return Err(Refusal::not_allowed("too long", format!("at most {longest} characters")));
    }
    Ok(Label::new(&text))
}

/// The client's `Idempotency-Key`, and whether there is one: else a new one, with which at least the
/// gateway may ask again.
fn key(headers: &HeaderMap) -> Result<(String, bool), Problem> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let mut given = headers.get_all("idempotency-key").iter().map(|key| key.to_str().unwrap_or("?"));
    match (given.next(), given.next()) {
        (None, _) => match random::name() {
            Ok(key) => Ok((key, false)),
            Err(error) => Err(Problem::internal(&error.to_string())),
        },
        (Some(key), None) if IDEMPOTENCY_KEY_BYTES.contains(&key.len()) && key.bytes().all(allowed) => {
            Ok((key.to_owned(), true))
        }
        (Some(key), _) => {
            let refusal = Refusal::unreadable("not a key", "16 to 64 of A-Z a-z 0-9 _ -, once");
            Err(Problem::from(("Idempotency-Key", Some(key), refusal)))
        }
    }
}

/// The report's id on the wire: two principals' keys never meet (API).
fn id(principal: &str, key: &str) -> String {
    random::hexadecimal(&Sha256::digest([principal.as_bytes(), &[0], key.as_bytes()].concat()))
}

impl ReportBody {
    fn into_report(self, id: String, writer: &Writer) -> Report {
        // Both are within their ranges: `read` took no others.
        let position = Position::from_degrees(self.lat, self.lon)
            .unwrap_or_else(|| unreachable!("a body was read with a position out of range"));
        let wish = StationWish {
            fuel: self.fuel,
            position,
            station: self.station,
            radius_km: self.radius_m.unwrap_or(RADIUS_M) / 1000.0,
            new: self.new.unwrap_or(false),
            name: self.name,
            brand: self.brand,
        };
        let coordinates = coordinates_of(position);
        let (reporter, cautious) = (Some(writer.reporter()), writer.is_cautious());
        Report { wish, price: self.price, coordinates, id: Some(id), reporter, cautious }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_report_depends_on_who_and_on_the_key() {
        let ours = id("anonymous", "0123456789abcdef");
        assert_eq!(ours.len(), 64);
        assert_eq!(ours, id("anonymous", "0123456789abcdef"));
        assert_ne!(ours, id("token:anonymous", "0123456789abcdef"));
        assert_ne!(ours, id("anonymous", "0123456789abcdeg"));
    }
}
