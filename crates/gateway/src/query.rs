//! The query string: its parameters as [`Fields`], and how their texts are read.

use std::ops::{Deref, RangeInclusive};
use std::time::Duration;

use posto_market::limits::{MAX_LABEL_CHARACTERS, MAX_RADIUS_KM};
use posto_market::{BoundingBox, Currency, Cursor, Freshness, Fuel, Label, Position, Timestamp};
use posto_wire::command::{read_cursor, read_place};
use posto_wire::limits::{MAX_LIST, MAX_ZOOM};

use crate::fault::{Kind, Refusal};
use crate::fields::{Fields, Given};
use crate::limits::MAX_AGE_S;
use crate::parameters::{self, Offer};
use crate::problem::Problem;
use crate::series::Series;

/// The text of one parameter.
#[derive(Debug)]
pub(crate) struct Text(String);

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Given for Text {
    fn shown(&self) -> &str {
        &self.0
    }

    /// `lat=` is a mistake and not an absence: a form or a script lost its value.
    fn is_blank(&self) -> bool {
        false
    }
}

/// The parameters of a query string. Broken percent-encoding stays as it is, bytes that are not
/// UTF-8 become U+FFFD: neither passes the reading of any value.
pub(crate) fn read(query: Option<&str>, offered: &[Offer]) -> Fields<Text> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let given = pairs.map(|(name, value)| (name.into_owned(), Text(value.into_owned())));
    let known: Vec<_> = offered.iter().map(|offer| offer.parameter.name).collect();
    Fields::new(given, &known)
}

/// For routes without parameters.
pub(crate) fn refuse_all(query: Option<&str>) -> Result<(), Problem> {
    read(query, &[]).finish(Some(()))
}

pub(crate) fn fuel(text: &str) -> Result<Fuel, Refusal> {
    let allowed = || parameters::fuel_names().collect::<Vec<_>>().join(", ");
    Fuel::from_name(present(text)?).ok_or_else(|| Refusal::not_allowed("no such fuel", allowed()))
}

/// A decimal number in the range.
pub(crate) fn number(text: &str, range: RangeInclusive<f64>, allowed: &str) -> Result<f64, Refusal> {
    let number: f64 = present(text)?.parse().map_err(|_| Refusal::unreadable("not a number", allowed))?;
    if range.contains(&number) { Ok(number) } else { Err(Refusal::not_allowed("out of range", allowed)) }
}

/// Kilometres, above 0; more than half the Earth is a mistake of whoever asks.
pub(crate) fn radius_km(text: &str) -> Result<f64, Refusal> {
    let allowed = parameters::RADIUS_ALLOWED;
    let radius_km = number(text, 0.0..=MAX_RADIUS_KM, allowed)?;
    if radius_km > 0.0 { Ok(radius_km) } else { Err(Refusal::not_allowed("out of range", allowed)) }
}

pub(crate) fn latitude(text: &str) -> Result<f64, Refusal> {
    number(text, parameters::LATITUDES, parameters::LATITUDE_ALLOWED)
}

pub(crate) fn longitude(text: &str) -> Result<f64, Refusal> {
    number(text, parameters::LONGITUDES, parameters::LONGITUDE_ALLOWED)
}

/// `west,south,east,north` in degrees; west may lie beyond east, across the 180° meridian.
pub(crate) fn bounding_box(text: &str) -> Result<BoundingBox, Refusal> {
    let allowed = parameters::BBOX_ALLOWED;
    let corners: Result<Vec<f64>, _> = present(text)?.split(',').map(str::parse).collect();
    let Ok(&[west, south, east, north]) = corners.as_deref() else {
        return Err(Refusal::unreadable("not four numbers", allowed));
    };
    let corners = Position::from_degrees(south, west).zip(Position::from_degrees(north, east));
    let (south_west, north_east) = corners.ok_or_else(|| Refusal::not_allowed("out of range", allowed))?;
    let bounds = BoundingBox::new(south_west, north_east);
    bounds.ok_or_else(|| Refusal::new(Kind::Conflicting, "south lies north of north").allowing(allowed))
}

/// `8d`, `12h`, `30m`, `45s`, seconds, or `all`.
pub(crate) fn max_age(text: &str) -> Result<Freshness, Refusal> {
    if text == "all" { Ok(Freshness::Any) } else { age(text, parameters::MAX_AGE_ALLOWED).map(Freshness::AtMost) }
}

fn age(text: &str, allowed: &str) -> Result<Duration, Refusal> {
    let digits = present(text)?.trim_end_matches(|last: char| !last.is_ascii_digit());
    let seconds_each = match text.strip_prefix(digits) {
        Some("" | "s") => 1,
        Some("m") => 60,
        Some("h") => 3_600,
        Some("d") => 86_400,
        _ => return Err(Refusal::unreadable("not an age", allowed)),
    };
    let count = whole_number(digits).ok_or_else(|| Refusal::unreadable("not an age", allowed))?;
    let seconds = count.saturating_mul(seconds_each);
    if (1..=MAX_AGE_S).contains(&seconds) {
        Ok(Duration::from_secs(seconds))
    } else {
        Err(Refusal::not_allowed("out of range", allowed))
    }
}

pub(crate) fn limit(text: &str) -> Result<usize, Refusal> {
    let allowed = parameters::LIMIT_ALLOWED;
    let most = u64::try_from(MAX_LIST).unwrap_or(u64::MAX);
    let count = usize::try_from(whole(text, 1..=most, allowed)?);
    count.map_err(|_| Refusal::not_allowed("out of range", allowed))
}

/// A whole number in the range.
fn whole(text: &str, range: RangeInclusive<u64>, allowed: &str) -> Result<u64, Refusal> {
    let (digits, below_zero) = present(text)?.strip_prefix('-').map_or((text, false), |digits| (digits, true));
    let number = whole_number(digits).ok_or_else(|| Refusal::unreadable("not a whole number", allowed))?;
    let in_range = range.contains(&number) && !below_zero;
    if in_range { Ok(number) } else { Err(Refusal::not_allowed("out of range", allowed)) }
}

pub(crate) fn currency(text: &str) -> Result<Currency, Refusal> {
    let currency = Currency::from_code(present(text)?);
    currency.ok_or_else(|| Refusal::not_allowed("not a currency", parameters::CURRENCY_ALLOWED))
}

/// Where a list goes on.
pub(crate) fn cursor(text: &str, series: &mut Series) -> Result<Cursor, Refusal> {
    read_cursor(&series.read(present(text)?)?).ok_or_else(no_cursor)
}

/// `true` or `false`.
pub(crate) fn flag(text: &str) -> Result<bool, Refusal> {
    choice(text, &[("true", true), ("false", false)])
}

/// A name; control characters and runs of blanks become one blank.
pub(crate) fn brand(text: &str) -> Result<Label, Refusal> {
    let fits = present(text)?.chars().count() <= MAX_LABEL_CHARACTERS;
    let label = Label::new(text).filter(|_| fits);
    label.ok_or_else(|| Refusal::not_allowed("not a name", parameters::BRAND_ALLOWED))
}

/// The zoom level of a web map.
pub(crate) fn zoom(text: &str) -> Result<u8, Refusal> {
    let zoom = whole(text, 0..=u64::from(MAX_ZOOM), parameters::ZOOM_ALLOWED)?;
    u8::try_from(zoom).map_err(|_| Refusal::not_allowed("out of range", parameters::ZOOM_ALLOWED))
}

/// A moment (RFC 3339), or an age before `now` as [`max_age`] reads it, save `all`.
pub(crate) fn since(text: &str, now: Timestamp) -> Result<Timestamp, Refusal> {
    if let Some(at) = posto_wire::time::parse(present(text)?).filter(|_| is_rfc_3339(text)) {
        return Ok(at);
    }
    let unreadable = |reason| Refusal::unreadable(reason, parameters::SINCE_ALLOWED);
    match age(text, parameters::SINCE_ALLOWED) {
        Ok(age) => Ok(now.before(age)),
        Err(refusal) if text.ends_with(|last: char| "dhms0123456789".contains(last)) => Err(refusal),
        Err(_) => Err(unreadable("neither a moment nor an age")),
    }
}

/// Whether a moment that was understood is written as RFC 3339 has it: other ways of ISO 8601 to write
/// one are not promised.
fn is_rfc_3339(text: &str) -> bool {
    let shape =
        |text: &str| text.bytes().map(|byte| if byte.is_ascii_digit() { b'0' } else { byte }).collect::<Vec<_>>();
    let Some((moment, rest)) = text.split_at_checked("0000-00-00T00:00:00".len()) else { return false };
    let offset =
        rest.strip_prefix('.').map_or(rest, |rest| rest.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    let is_offset = offset == "Z" || matches!(shape(offset).as_slice(), b"+00:00" | b"-00:00");
    shape(moment) == b"0000-00-00T00:00:00" && is_offset
}

/// Where a history goes on.
pub(crate) fn place(text: &str, series: &mut Series) -> Result<i64, Refusal> {
    read_place(&series.read(present(text)?)?).ok_or_else(no_cursor)
}

/// Forged: a cursor of ours holds a place of the server's.
fn no_cursor() -> Refusal {
    Refusal::unreadable("not a cursor", parameters::CURSOR_ALLOWED)
}

/// One of the words; what it stands for is beside it.
pub(crate) fn choice<T: Copy>(text: &str, choices: &[(&str, T)]) -> Result<T, Refusal> {
    let wanted = present(text)?;
    let found = choices.iter().find(|(word, _)| *word == wanted);
    let words = || choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    found.map(|(_, choice)| *choice).ok_or_else(|| Refusal::not_allowed("none of the choices", words()))
}

fn present(text: &str) -> Result<&str, Refusal> {
    if text.is_empty() { Err(Refusal::new(Kind::Unreadable, "empty")) } else { Ok(text) }
}

/// Digits alone; more than fit count as the largest number, which no range allows.
fn whole_number(digits: &str) -> Option<u64> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_whole_numbers_of_a_unit() {
        let seconds = |text| match max_age(text) {
            Ok(Freshness::AtMost(age)) => Some(age.as_secs()),
            _ => None,
        };
        assert_eq!(seconds("8d"), Some(8 * 86_400));
        assert_eq!(seconds("12h"), Some(12 * 3_600));
        assert_eq!(seconds("30m"), Some(1_800));
        assert_eq!(seconds("45s"), Some(45));
        assert_eq!(seconds("90"), Some(90));
        assert_eq!(max_age("all"), Ok(Freshness::Any));
        for bad in ["", "d", "1.5d", "-1", "0", "1w", "1 d", "99999999999999999999d", "10000000001", "é"] {
            assert!(max_age(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn numbers_that_are_none_are_told_from_numbers_out_of_range() {
        let unreadable = Refusal::unreadable("not a number", parameters::RADIUS_ALLOWED);
        assert_eq!(radius_km("5,0"), Err(unreadable));
        for bad in ["0", "-1", "NaN", "inf", "1e400", "20016.1"] {
            let refusal = radius_km(bad).unwrap_err();
            assert_eq!(refusal, Refusal::not_allowed("out of range", parameters::RADIUS_ALLOWED), "{bad:?}");
        }
        assert_eq!(radius_km("20016"), Ok(20_016.0));
    }

    #[test]
    fn a_box_has_four_corners_in_order() {
        assert!(bounding_box("-54.9,-22.3,-54.7,-22.1").is_ok());
        assert!(bounding_box("177,-20,-178,-15").is_ok(), "across 180°");
        for bad in ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1,2,3,", "0,10,1,9", "0,0,181,1", "NaN,0,1,1"] {
            assert!(bounding_box(bad).is_err(), "{bad:?}");
        }
    }
}
