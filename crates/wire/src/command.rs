//! Commands: what a client asks (PROTOCOL §4 and §7). Read in `command/read.rs`, written here.

mod changes;
mod fields;
mod flag;
mod history;
mod import;
mod map;
mod moderation;
mod read;
mod reporter;
mod seen;
mod statistics;
mod write;

use posto_market::{
    Area, Currency, Cursor, Freshness, Fuel, ImportedStation, Label, Position, Price, Rank, StationId, StationWish,
    TripCost,
};

use crate::json::{Object, Value};
pub use changes::{ChangesRequest, JournalPlace};
pub use flag::{FlagRequest, flag_reason, flag_word};
pub use history::{HistoryRequest, read_place};
pub use import::service_word;
pub use map::MapRequest;
pub use moderation::{ActRequest, Oversight, act_word_of};
pub use read::{Misread, read};
pub use reporter::{Reporter, is_token_name};
pub use seen::Seen;
pub use statistics::Survey;

/// How the answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// v1: a text for people, in Portuguese.
    Text,
    /// `"formato": "json"`: `{"ok": …}` or `{"erro": …}`.
    Json,
}

/// A command with what belongs to every command.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// How the answer is wanted.
    pub format: Format,
    /// `pedido`: the request id that is logged on both sides.
    pub request_id: Option<String>,
    /// `posicao`, `book`: what the answer must know already, and that it is to tell its own position.
    pub seen: Option<Seen>,
    /// What is asked.
    pub command: Command,
}

/// What a client asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// `D`: report a price.
    Report(Report),
    /// `P`: the cheapest station of an area, or the best by another rank.
    Cheapest(Search),
    /// `L`: a ranked list.
    List(Search),
    /// `S`: one station, all its fuels.
    Station {
        /// `posto`: which.
        id: StationId,
        /// `proximo`: only fuels after this one, where an earlier answer could not hold all.
        after: Option<Fuel>,
    },
    /// `M`: the cells of a map.
    Map(MapRequest),
    /// `H`: what a station's prices were.
    History(HistoryRequest),
    /// `E`: what an area's prices are like.
    Statistics(Survey),
    /// `W`: what changed, waited for if need be.
    Changes(ChangesRequest),
    /// `T`: date and time, version, counts.
    Time,
    /// `I`: an imported record (operators only).
    Import(Box<ImportedStation>),
    /// `F`: a user points out that something is wrong with a station.
    Flag(FlagRequest),
    /// `X`: what an operator does to keep the data clean.
    Moderate(ActRequest),
    /// `X`: what an operator looks at for it.
    Oversee(Oversight),
}

/// A reported price.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// Which fuel, where, at which station.
    pub wish: StationWish,
    /// The price.
    pub price: Price,
    /// `coordenadas` as written.
    pub coordinates: String,
    /// `id`: names the report, so that it is executed at most once whatever happens.
    pub id: Option<String>,
    /// `origem`: whose report it is, where a gateway hands it on.
    pub reporter: Option<Reporter>,
    /// `cautela`: nobody vouches for the reporter: alone they may not displace a fresh price of
    /// somebody who is vouched for (PROTOCOL §5.5).
    pub cautious: bool,
}

/// What to look for; the moment is the server's.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// The fuel.
    pub fuel: Fuel,
    /// `coordenadas` and `raio`, or `caixa`.
    pub area: Area,
    /// `coordenadas` as written; `None`: as our clients write the area's centre, if it has one.
    pub coordinates: Option<String>,
    /// `max_idade_s`: seconds, or `"tudo"`.
    pub freshness: Freshness,
    /// `ordem`, with `litros` and `consumo`.
    pub rank: Rank,
    /// `moeda`: the currency to compare.
    pub currency: Option<Currency>,
    /// `marca`: only stations of this brand, compared without regard to case.
    pub brand: Option<Label>,
    /// `aberto`: only stations known to be open now.
    pub open: bool,
    /// `pareto`: only stations that no other one beats in both price and distance. Needs a centre.
    pub pareto: bool,
    /// `suspeitos`: prices marked suspect may be found too.
    pub suspects: bool,
    /// `limite`, 1..=200.
    pub limit: usize,
    /// `proximo`: where the list goes on.
    pub after: Option<Cursor>,
}

impl Command {
    /// The letter of the command on the wire.
    #[must_use]
    pub const fn action(&self) -> &'static str {
        match self {
            Self::Report(_) => "D",
            Self::Cheapest(_) => "P",
            Self::List(_) => "L",
            Self::Station { .. } => "S",
            Self::Map(_) => "M",
            Self::History(_) => "H",
            Self::Statistics(_) => "E",
            Self::Changes(_) => "W",
            Self::Time => "T",
            Self::Import(_) => "I",
            Self::Flag(_) => "F",
            Self::Moderate(_) | Self::Oversee(_) => "X",
        }
    }

    /// Whether it may say what its asker has seen: `W` names a place of its own.
    pub(crate) const fn takes_seen(&self) -> bool {
        !matches!(self, Self::Changes(_))
    }
}

/// The coordinates of a position as our clients write them: `(lat;lon)`, six decimals.
#[must_use]
pub fn coordinates_of(position: Position) -> String {
    position.to_string()
}

impl Request {
    /// A request for a JSON answer.
    #[must_use]
    pub const fn json(command: Command) -> Self {
        Self { format: Format::Json, request_id: None, seen: None, command }
    }

    /// A request for a v1 text.
    #[must_use]
    pub const fn text(command: Command) -> Self {
        Self { format: Format::Text, request_id: None, seen: None, command }
    }

    /// The `dados` of this request. What holds its default is left out; a v1 request holds only
    /// the members that the original server knows (PROTOCOL §4, "In front of an original server").
    #[must_use]
    pub fn to_value(&self) -> Value {
        let object = Object::new().with("acao", self.command.action());
        let object = match &self.command {
            Command::Report(report) => report.write(object, self.format),
            // `P` has one answer: how many are wanted is not said.
            Command::Cheapest(search) => {
                Search { limit: crate::limits::DEFAULT_LIST, ..search.clone() }.write(object, self.format)
            }
            Command::List(search) => search.write(object, self.format),
            Command::Station { id, after } => {
                object.with("posto", id.as_str()).with_some("proximo", after.map(|fuel| fuel.code().to_string()))
            }
            Command::Map(request) => map::write(object, request),
            Command::History(request) => history::write(object, request),
            Command::Statistics(survey) => statistics::write(object, survey),
            Command::Changes(request) => changes::write(object, request),
            Command::Time => object,
            Command::Import(record) => import::write(object, record),
            Command::Flag(flag) => flag::write(object, flag),
            Command::Moderate(order) => moderation::write(object, order),
            Command::Oversee(wish) => moderation::write_oversight(object, wish),
        };
        match self.format {
            Format::Text => object.into(),
            Format::Json => {
                let object = match self.seen.as_ref().filter(|_| self.command.takes_seen()) {
                    Some(seen) => seen.write(object),
                    None => object,
                };
                object.with("formato", "json").with_some("pedido", self.request_id.clone()).into()
            }
        }
    }
}

impl Report {
    fn write(&self, object: Object, format: Format) -> Object {
        let object = object
            .with("tipoCombustivel", self.wish.fuel.code().to_string())
            .with("coordenadas", self.coordinates.clone())
            .with("valor", self.price.thousandths());
        if format == Format::Text {
            return object;
        }
        let text = |label: &Option<posto_market::Label>| label.as_ref().map(|label| Value::from(label.as_str()));
        object
            .with_some("id", self.id.clone())
            .with_some("posto", self.wish.station.as_ref().map(|id| Value::from(id.as_str())))
            .with_some("raio_m", (self.wish.radius_km > 0.0).then_some(self.wish.radius_km * 1000.0))
            .with_some("novo", self.wish.new.then_some(true))
            .with_some("nome", text(&self.wish.name))
            .with_some("marca", text(&self.wish.brand))
            .with_some("origem", self.reporter.as_ref().map(ToString::to_string))
            .with_some("cautela", self.cautious.then_some(true))
    }
}

impl Search {
    /// A JSON search that says no more than it must: fresh prices preferred, the cheapest first.
    #[must_use]
    pub const fn new(fuel: Fuel, area: Area) -> Self {
        Self {
            fuel,
            area,
            coordinates: None,
            freshness: Freshness::Preferred,
            rank: Rank::Price,
            currency: None,
            brand: None,
            open: false,
            pareto: false,
            suspects: false,
            limit: crate::limits::DEFAULT_LIST,
            after: None,
        }
    }

    fn write(&self, object: Object, format: Format) -> Object {
        let object = object.with("tipoCombustivel", self.fuel.code().to_string());
        let object = write::with_area(object, &self.area, self.coordinates.as_deref());
        if format == Format::Text {
            return object;
        }
        let object = write::with_freshness(object, self.freshness);
        let object = match self.rank {
            Rank::Price => object,
            Rank::Distance => object.with("ordem", "distancia"),
            Rank::Trip(TripCost { litres, consumption }) => {
                object.with("ordem", "viagem").with("litros", litres).with("consumo", consumption)
            }
        };
        let object = object
            .with_some("moeda", self.currency.map(|currency| Value::from(currency.code())))
            .with_some("marca", self.brand.as_ref().map(|brand| Value::from(brand.as_str())))
            .with_some("aberto", self.open.then_some(true))
            .with_some("pareto", self.pareto.then_some(true))
            .with_some("suspeitos", self.suspects.then_some(true));
        write::with_limit(object, self.limit).with_some("proximo", self.after.as_ref().map(cursor_text))
    }
}

/// The text of a cursor: `<cost>~<price>~<distance>~<station>`, the two numbers as their bits in
/// hexadecimal so that nothing is rounded. Opaque to everyone else.
#[must_use]
pub fn cursor_text(cursor: &Cursor) -> String {
    let price = cursor.price.thousandths();
    format!("{:x}~{price}~{:x}~{}", cursor.cost.to_bits(), cursor.distance_km.to_bits(), cursor.id)
}

/// Reads what [`cursor_text`] wrote.
#[must_use]
pub fn read_cursor(text: &str) -> Option<Cursor> {
    let mut parts = text.splitn(4, '~');
    let mut next = || parts.next();
    let finite =
        |bits: &str| u64::from_str_radix(bits, 16).ok().map(f64::from_bits).filter(|number| number.is_finite());
    Some(Cursor {
        cost: finite(next()?)?,
        price: Price::from_thousandths(next()?.parse().ok()?)?,
        distance_km: finite(next()?)?,
        id: StationId::parse(next()?)?,
    })
}

#[cfg(test)]
mod tests;
