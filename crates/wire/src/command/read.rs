//! `dados` read into a [`Request`], or into the mistake in it (PROTOCOL §4 and §7).

use std::time::Duration;

use posto_market::{
    Area, BoundingBox, Circle, Currency, Freshness, Position, Price, Rank, StationWish, TripCost,
    limits as market_limits,
};

use super::fields::{Fields, as_f64};
use super::{
    Command, Format, Report, Reporter, Request, Search, Seen, changes, flag, history, import, map, moderation,
    read_cursor, statistics,
};
use crate::json::{Object, Value};
use crate::limits::{DEFAULT_LIST, MAX_ECHOED_CHARACTERS, MAX_LIST};
use crate::mistake::{ErrorCode, Mistake};

const PRICE_RANGE: &str = "inteiro de 1 a 999999 (milésimos da moeda)";
/// Of v1, where what is beyond half the Earth is taken as that (PROTOCOL §4.3).
const V1_RADIUS_RANGE: &str = "número de quilômetros maior que 0";
const RADIUS_RANGE: &str = "número de quilômetros maior que 0, até 20016";
/// What a `proximo` may be.
pub(super) const NEXT_ALLOWED: &str = "o valor de proximo da resposta anterior";

/// A mistake, and in which format its answer is wanted.
pub type Misread = (Format, Mistake);

/// Reads the `dados` of a request.
///
/// # Errors
/// The first mistake, in the order in which v1 looks: the action, members that are not given,
/// then their values; with the format in which the peer wants to be told.
pub fn read(data: &Value) -> Result<Request, Misread> {
    let empty = Object::new();
    let fields = Fields(data.as_object().unwrap_or(&empty));
    if let Value::Text(text) = data {
        return Err((Format::Text, unknown_action(text)));
    }
    let format = match fields.get("formato") {
        None => Format::Text,
        Some(Value::Text(text)) if text == "json" => Format::Json,
        Some(_) => return Err((Format::Text, Mistake::not_allowed("formato", "json"))),
    };
    let read = || {
        let request_id = fields.identifier("pedido")?;
        let command = command(&fields, format)?;
        let seen = if format == Format::Json && command.takes_seen() { Seen::read(&fields)? } else { None };
        Ok(Request { format, request_id, seen, command })
    };
    read().map_err(|mistake| (format, mistake))
}

fn command(fields: &Fields<'_>, format: Format) -> Result<Command, Mistake> {
    let Value::Text(action) = fields.required("acao")? else {
        return Err(Mistake::not_allowed("acao", "D, P, L, M, S, H, E, W, T, F, I ou X"));
    };
    // L, M, S, H, E, W, T, F, I and X exist only with a JSON answer: to a v1 client they are unknown, as they
    // were.
    match (action.to_lowercase().as_str(), format) {
        ("d", _) => report(fields, format).map(Command::Report),
        ("p", _) => search(fields, format).map(|search| Command::Cheapest(Search { limit: 1, ..search })),
        ("l", Format::Json) => search(fields, format).map(Command::List),
        ("m", Format::Json) => map::read(fields),
        ("s", Format::Json) => station(fields),
        ("h", Format::Json) => history::read(fields),
        ("e", Format::Json) => statistics::read(fields),
        ("w", Format::Json) => changes::read(fields),
        ("t", Format::Json) => Ok(Command::Time),
        ("f", Format::Json) => flag::read(fields),
        ("x", Format::Json) => moderation::read(fields),
        ("i", Format::Json) => import::read(fields).map(|record| Command::Import(Box::new(record))),
        _ => Err(unknown_action(action)),
    }
}

fn station(fields: &Fields<'_>) -> Result<Command, Mistake> {
    let id = fields.station_id("posto")?.ok_or_else(|| Mistake::empty("posto"))?;
    let after = fields.get("proximo").map(|_| fields.fuel("proximo")).transpose()?;
    Ok(Command::Station { id, after })
}

fn unknown_action(action: &str) -> Mistake {
    let echoed: String = action.to_lowercase().chars().take(MAX_ECHOED_CHARACTERS).collect();
    Mistake {
        parameter: Some("acao".to_owned()),
        allowed: Some("D, P; com formato json também L, M, S, H, E, W, T, F, I, X".to_owned()),
        ..Mistake::new(ErrorCode::AcaoDesconhecida, format!("Ação não conhecida: {echoed}\n"))
    }
}

fn report(fields: &Fields<'_>, format: Format) -> Result<Report, Mistake> {
    fields.require_all(&["tipoCombustivel", "coordenadas", "valor"])?;
    let fuel = fields.fuel("tipoCombustivel")?;
    let (position, coordinates) = fields.coordinates()?;
    let thousandths = fields.integer("valor", PRICE_RANGE)?.and_then(|value| u32::try_from(value).ok());
    let price = thousandths.and_then(Price::from_thousandths);
    let price = price.ok_or_else(|| Mistake::not_allowed("valor", PRICE_RANGE))?;
    let exactly = StationWish { fuel, position, station: None, radius_km: 0.0, new: false, name: None, brand: None };
    if format == Format::Text {
        let coordinates = coordinates.to_owned();
        return Ok(Report { wish: exactly, price, coordinates, id: None, reporter: None, cautious: false });
    }
    let farthest_m = market_limits::MAX_REPORT_RADIUS_KM * 1000.0;
    let radius_m = fields.number("raio_m", 0.0..=farthest_m, "metros de 0 a 1000")?.unwrap_or(0.0);
    let wish = StationWish {
        station: fields.station_id("posto")?,
        radius_km: radius_m / 1000.0,
        new: fields.flag("novo")?,
        name: fields.label("nome")?,
        brand: fields.label("marca")?,
        ..exactly
    };
    Ok(Report {
        wish,
        price,
        coordinates: coordinates.to_owned(),
        id: fields.identifier("id")?,
        reporter: reporter(fields)?,
        cautious: fields.flag("cautela")?,
    })
}

/// `origem`: whose report it is.
pub(super) fn reporter(fields: &Fields<'_>) -> Result<Option<Reporter>, Mistake> {
    let allowed = "token:NOME ou anon: e 16 dígitos hexadecimais";
    let Some(text) = fields.text("origem", allowed)? else { return Ok(None) };
    Reporter::parse(text).map(Some).ok_or_else(|| Mistake::not_allowed("origem", allowed))
}

fn search(fields: &Fields<'_>, format: Format) -> Result<Search, Mistake> {
    let boxed = format == Format::Json && fields.get("caixa").is_some();
    fields.require_all(if boxed { &["tipoCombustivel"] } else { &["tipoCombustivel", "coordenadas", "raio"] })?;
    let fuel = fields.fuel("tipoCombustivel")?;
    let (area, coordinates) = area(fields, boxed, format)?;
    let coordinates = coordinates.map(str::to_owned);
    if format == Format::Text {
        // Whatever its age, however it compares with its neighbours (PROTOCOL §4).
        let everything = Search { freshness: Freshness::Any, suspects: true, ..Search::new(fuel, area) };
        return Ok(Search { coordinates, limit: 1, ..everything });
    }
    Ok(Search {
        coordinates,
        freshness: freshness(fields)?,
        rank: rank(fields, &area)?,
        currency: currency(fields, "moeda")?,
        brand: fields.label("marca")?,
        open: fields.flag("aberto")?,
        pareto: pareto(fields, &area)?,
        suspects: fields.flag("suspeitos")?,
        limit: limit(fields)?,
        after: cursor(fields)?,
        ..Search::new(fuel, area)
    })
}

/// The area, and `coordenadas` as written.
pub(super) fn area<'a>(fields: &Fields<'a>, boxed: bool, format: Format) -> Result<(Area, Option<&'a str>), Mistake> {
    let (centre, text) = fields.get("coordenadas").map(|_| fields.coordinates()).transpose()?.unzip();
    let area = match centre {
        Some(centre) if !boxed => Area::Circle(circle(fields, centre, format)?),
        _ => Area::Box { bounds: bounds(fields)?, centre },
    };
    Ok((area, text))
}

fn circle(fields: &Fields<'_>, centre: Position, format: Format) -> Result<Circle, Mistake> {
    let (most_km, allowed) = match format {
        Format::Text => (f64::MAX, V1_RADIUS_RANGE),
        Format::Json => (market_limits::MAX_RADIUS_KM, RADIUS_RANGE),
    };
    let radius_km = fields.number("raio", 0.0..=most_km, allowed)?;
    let circle = radius_km.and_then(|radius_km| Circle::new(centre, radius_km));
    circle.ok_or_else(|| Mistake::not_allowed("raio", allowed))
}

pub(super) fn bounds(fields: &Fields<'_>) -> Result<BoundingBox, Mistake> {
    let corners = match fields.get("caixa") {
        Some(Value::List(list)) => list.iter().map(as_f64).collect::<Option<Vec<_>>>(),
        _ => None,
    };
    let bounds = match corners.as_deref() {
        Some(&[west, south, east, north]) => Position::from_degrees(south, west)
            .zip(Position::from_degrees(north, east))
            .and_then(|(south_west, north_east)| BoundingBox::new(south_west, north_east)),
        _ => None,
    };
    bounds.ok_or_else(|| Mistake::not_allowed("caixa", "[oeste, sul, leste, norte] em graus, sul até norte"))
}

pub(super) fn freshness(fields: &Fields<'_>) -> Result<Freshness, Mistake> {
    let allowed = "segundos de 1 a 10000000000 ou \"tudo\"";
    if fields.get("max_idade_s").and_then(Value::as_text) == Some("tudo") {
        return Ok(Freshness::Any);
    }
    let Some(seconds) = fields.integer("max_idade_s", allowed)? else { return Ok(Freshness::Preferred) };
    let seconds = u64::try_from(seconds).ok().filter(|seconds| (1..=10_000_000_000).contains(seconds));
    let seconds = seconds.ok_or_else(|| Mistake::not_allowed("max_idade_s", allowed))?;
    Ok(Freshness::AtMost(Duration::from_secs(seconds)))
}

fn rank(fields: &Fields<'_>, area: &Area) -> Result<Rank, Mistake> {
    let allowed = "preco, distancia ou viagem";
    let rank = match fields.text("ordem", allowed)? {
        None | Some("preco") => return Ok(Rank::Price),
        Some("distancia") => Rank::Distance,
        Some("viagem") => Rank::Trip(TripCost {
            litres: fields
                .number("litros", 0.1..=10_000.0, "litros de 0.1 a 10000")?
                .unwrap_or(TripCost::DEFAULT.litres),
            consumption: fields
                .number("consumo", 0.0..=1_000.0, "litros por 100 km de 0 a 1000")?
                .unwrap_or(TripCost::DEFAULT.consumption),
        }),
        Some(_) => return Err(Mistake::not_allowed("ordem", allowed)),
    };
    if area.centre().is_none() {
        return Err(Mistake::not_allowed("ordem", "preco; distancia e viagem pedem coordenadas"));
    }
    Ok(rank)
}

fn pareto(fields: &Fields<'_>, area: &Area) -> Result<bool, Mistake> {
    let wanted = fields.flag("pareto")?;
    if wanted && area.centre().is_none() {
        return Err(Mistake::not_allowed("pareto", "false; true pede coordenadas"));
    }
    Ok(wanted)
}

pub(super) fn currency(fields: &Fields<'_>, name: &str) -> Result<Option<Currency>, Mistake> {
    let allowed = "código ISO 4217, como BRL";
    let Some(text) = fields.text(name, allowed)? else { return Ok(None) };
    Currency::from_code(text).map(Some).ok_or_else(|| Mistake::not_allowed(name, allowed))
}

pub(super) fn limit(fields: &Fields<'_>) -> Result<usize, Mistake> {
    let allowed = "inteiro de 1 a 200";
    let Some(limit) = fields.integer("limite", allowed)? else { return Ok(DEFAULT_LIST) };
    let limit = usize::try_from(limit).ok().filter(|limit| (1..=MAX_LIST).contains(limit));
    limit.ok_or_else(|| Mistake::not_allowed("limite", allowed))
}

fn cursor(fields: &Fields<'_>) -> Result<Option<posto_market::Cursor>, Mistake> {
    let Some(text) = fields.text("proximo", NEXT_ALLOWED)? else { return Ok(None) };
    read_cursor(text).map(Some).ok_or_else(|| Mistake::not_allowed("proximo", NEXT_ALLOWED))
}
