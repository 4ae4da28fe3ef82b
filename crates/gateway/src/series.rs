//! Answers that come in parts: the cursor where one goes on, and the header that links to it.
//!
//! A cursor is opaque, and belongs to the list that it was given with: it holds a digest of the
//! path and the parameters, so that with others it is refused instead of skipping stations. It also
//! holds what the first part settled and later ones must keep: whether prices of the last 30 days
//! were found, and the currency. A report that comes in between changes neither.

use std::time::Duration;

use axum::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use posto_market::{Currency, Freshness, limits};
use sha2::{Digest, Sha256};

use crate::fault::{Kind, Refusal};
use crate::parameters::CURSOR_ALLOWED;

/// Bytes of the digest that a cursor holds. It guards against mistakes; whoever forges one reads
/// another part of what is open to everyone.
const DIGEST_BYTES: usize = 8;

/// Characters of the cursors that are looked at; ours have 160 at most.
const LENGTHS: std::ops::RangeInclusive<usize> = 12..=200;

/// One list, whatever part of it.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    path: String,
    /// As given, without `cursor`.
    parameters: Vec<(String, String)>,
    /// What the parts before this one settled.
    pub(crate) settled: Settled,
}

/// What the first part of a list settles for the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Settled {
    /// Whether prices of the last 30 days were found.
    pub(crate) is_fresh: Option<bool>,
    /// The currency compared.
    pub(crate) currency: Option<Currency>,
}

impl Series {
    /// The list at this path with these parameters.
    pub(crate) fn new(path: impl Into<String>, query: Option<&str>) -> Self {
        let given = form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned();
        let parameters = given.filter(|(name, _)| name != "cursor").collect();
        Self { path: path.into(), parameters, settled: Settled::default() }
    }

    /// The cursor of the place, in the server's words, where this list goes on.
    pub(crate) fn cursor(&self, place: &str) -> String {
        let bytes = [self.digest().as_slice(), self.settled.text().as_bytes(), b"~", place.as_bytes()].concat();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place of a cursor; what the parts before it settled is noted.
    ///
    /// # Errors
    /// It is none, or belongs to another list.
    pub(crate) fn read(&mut self, cursor: &str) -> Result<String, Refusal> {
        let is_plain = cursor.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if !is_plain || !LENGTHS.contains(&cursor.len()) {
            return Err(Refusal::unreadable("not a cursor", CURSOR_ALLOWED));
        }
        let foreign =
            || Refusal::new(Kind::Conflicting, "belongs to a list with other parameters").allowing(CURSOR_ALLOWED);
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| foreign())?;
        let (digest, rest) = bytes.split_at_checked(DIGEST_BYTES).ok_or_else(foreign)?;
        let (settled, place) =
            std::str::from_utf8(rest).ok().and_then(|rest| rest.split_once('~')).ok_or_else(foreign)?;
        self.settled = Settled::parse(settled).filter(|_| digest == self.digest()).ok_or_else(foreign)?;
        Ok(place.to_owned())
    }

    /// `Link` to the next part (RFC 8288).
    pub(crate) fn link(&self, cursor: &str) -> Option<HeaderValue> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.extend_pairs(&self.parameters).append_pair("cursor", cursor).finish();
        HeaderValue::try_from(format!("<{}?{query}>; rel=\"next\"", self.path)).ok()
    }

    /// Of everything that decides what the list holds and how it is ordered; its parts may have
    /// different lengths.
    fn digest(&self) -> [u8; DIGEST_BYTES] {
        let mut parameters: Vec<_> = self.parameters.iter().filter(|(name, _)| name != "limit").collect();
        parameters.sort_unstable();
        let mut hash = Sha256::new_with_prefix(&self.path);
        for text in parameters.into_iter().flat_map(|(name, value)| [name, value]) {
            hash.update([0]);
            hash.update(text);
        }
        hash.finalize().first_chunk().copied().unwrap_or_default()
    }
}

impl Settled {
    /// Prices of which age are looked for, where the request leaves it open.
    pub(crate) const fn freshness(&self) -> Freshness {
        const RECENT: Duration = limits::FRESH_FOR;
        match self.is_fresh {
            None => Freshness::Preferred,
            Some(true) => Freshness::AtMost(RECENT),
            Some(false) => Freshness::Any,
        }
    }

    fn text(&self) -> String {
        let age = match self.is_fresh {
            None => '-',
            Some(true) => 'f',
            Some(false) => 'o',
        };
        format!("{age}{}", self.currency.map(|currency| currency.code().to_owned()).unwrap_or_default())
    }

    fn parse(text: &str) -> Option<Self> {
        let (age, currency) = text.split_at_checked(1)?;
        let is_fresh = match age {
            "-" => None,
            "f" => Some(true),
            "o" => Some(false),
            _ => return None,
        };
        let currency = match currency {
            "" => None,
            code => Some(Currency::from_code(code)?),
        };
        Some(Self { is_fresh, currency })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const QUERY: &str = "fuel=diesel&radius=5&lat=1&lon=2&limit=20";

    fn series(query: &str) -> Series {
        Series::new("/stations", Some(query))
    }

    #[test]
    fn a_cursor_leads_back_to_its_place_in_its_own_list_alone() {
        let settled = Settled { is_fresh: Some(true), currency: Currency::from_code("EUR") };
        let cursor = Series { settled: settled.clone(), ..series(QUERY) }.cursor("1~2~3~it-1");
        for same in [QUERY, "lon=2&lat=1&radius=5&fuel=diesel&limit=7", &format!("{QUERY}&cursor=old")] {
            let mut series = series(same);
            assert_eq!(series.read(&cursor).as_deref(), Ok("1~2~3~it-1"), "{same}");
            assert_eq!(series.settled, settled);
        }
        for other in ["fuel=diesel&radius=6&lat=1&lon=2", &format!("{QUERY}&rank=distance"), ""] {
            assert!(series(other).read(&cursor).is_err(), "{other}");
        }
        assert!(Series::new("/stations/1/prices", Some(QUERY)).read(&cursor).is_err());
    }

    #[test]
    fn the_link_has_the_other_parameters_and_one_cursor() {
        let link = series("fuel=%C3%A1lcool&cursor=old&brand=a%20%3Eb").link("new").unwrap();
        assert_eq!(link, "</stations?fuel=%C3%A1lcool&brand=a+%3Eb&cursor=new>; rel=\"next\"");
    }

    proptest! {
        #[test]
        fn whatever_stands_for_a_cursor_is_read_or_refused(text in ".{0,40}", plain in "[A-Za-z0-9_-]{0,220}") {
            prop_assert!(series(QUERY).read(&text).is_err());
            prop_assert!(series(QUERY).read(&plain).is_err());
        }

        #[test]
        fn any_place_survives(place in "[ -~]{0,100}", limit in 1..200_u32) {
            let cursor = series(QUERY).cursor(&place);
            let other_length = format!("fuel=diesel&radius=5&lat=1&lon=2&limit={limit}");
            prop_assert_eq!(series(&other_length).read(&cursor), Ok(place));
        }
    }
}
