//! Which representation of an answer the client prefers (RFC 9110 §12.5.1).

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::http::request::Parts;

use crate::code::Code;
use crate::problem::Problem;

/// A form that an answer may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Plain JSON: every answer has it, and it is what a client gets that wants nothing else.
    Json,
    /// GeoJSON (RFC 7946), for maps.
    GeoJson,
    /// Comma-separated values (RFC 4180), for spreadsheets.
    Csv,
    /// A page for people.
    Html,
    /// Server-Sent Events.
    Events,
}

impl Form {
    /// `type/subtype`, as a client names it.
    pub(crate) const fn essence(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::GeoJson => "application/geo+json",
            Self::Csv => "text/csv",
            Self::Html => "text/html",
            Self::Events => "text/event-stream",
        }
    }

    /// `Content-Type`.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Html => "text/html; charset=utf-8",
            Self::Json | Self::GeoJson | Self::Events => self.essence(),
        }
    }
}

/// What the client takes.
#[derive(Debug)]
pub(crate) struct Accept(String);

impl Accept {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let given = headers.get_all(ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
        Self(given.collect::<Vec<_>>().join(","))
    }

    /// The form with the greatest weight; of several the first one offered.
    ///
    /// # Errors
    /// 406 with the forms that there are.
    pub(crate) fn choose(&self, offered: &[Form]) -> Result<Form, Problem> {
        let weighed = offered.iter().map(|form| (*form, weight(&self.0, form.essence())));
        let best =
            weighed.filter(|(_, weight)| *weight > 0.0).reduce(|best, next| if next.1 > best.1 { next } else { best });
        best.map(|(form, _)| form).ok_or_else(|| {
            let forms: Vec<_> = offered.iter().map(|form| form.essence()).collect();
            Problem::new(Code::NotAcceptable, &format!("this is served as {} only", forms.join(", ")))
        })
    }
}

impl<S: Sync> FromRequestParts<S> for Accept {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(&parts.headers))
    }
}

/// The client takes JSON; extracting it is the check.
pub(crate) struct TakesJson;

impl<S: Sync> FromRequestParts<S> for TakesJson {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Accept::of(&parts.headers).choose(&[Form::Json]).map(|_| Self)
    }
}

/// The client takes Server-Sent Events; extracting it is the check.
pub(crate) struct TakesEvents;

impl<S: Sync> FromRequestParts<S> for TakesEvents {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Accept::of(&parts.headers).choose(&[Form::Events]).map(|_| Self)
    }
}

/// The weight, 0 to 1, of the most specific range that the type falls under. An absent header takes
/// everything; ranges that cannot be read say nothing.
fn weight(accept: &str, essence: &str) -> f32 {
    let mut best: Option<(u8, f32)> = None;
    let mut is_silent = true;
    for range in accept.split(',').map(str::trim).filter(|range| !range.is_empty()) {
        is_silent = false;
        let mut parts = range.split(';').map(str::trim);
        let Some(specificity) = parts.next().and_then(|range| specificity(range, essence)) else { continue };
        let given = parts.find_map(|parameter| parameter.strip_prefix("q=").or(parameter.strip_prefix("Q=")));
        let weight: f32 =
            given.map_or(1.0, |weight| weight.parse().ok().filter(|weight| *weight >= 0.0).unwrap_or(0.0));
        if best.is_none_or(|(known, _)| specificity >= known) {
            best = Some((specificity, weight.min(1.0)));
        }
    }
    best.map_or(if is_silent { 1.0 } else { 0.0 }, |(_, weight)| weight)
}

/// How exactly the range names the type: `*/*` 0, `text/*` 1, `text/csv` 2; `None`: not at all.
fn specificity(range: &str, essence: &str) -> Option<u8> {
    let ((range_kind, range_subtype), (kind, subtype)) = (range.split_once('/')?, essence.split_once('/')?);
    match (range_kind, range_subtype) {
        ("*", "*") => Some(0),
        (range_kind, _) if !range_kind.eq_ignore_ascii_case(kind) => None,
        (_, "*") => Some(1),
        (_, range_subtype) => range_subtype.eq_ignore_ascii_case(subtype).then_some(2),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Form; 3] = [Form::Json, Form::GeoJson, Form::Csv];

    fn chosen(accept: &str) -> Option<Form> {
        Accept(accept.to_owned()).choose(&ALL).ok()
    }

    #[test]
    fn json_is_taken_unless_every_range_leaves_it_out() {
        let takes = |accept: &str| Accept(accept.to_owned()).choose(&[Form::Json]).is_ok();
        for accept in
            ["", "*/*", "application/json", "APPLICATION/*", "text/html, */*;q=0.1", "application/json;q=0.5, text/csv"]
        {
            assert!(takes(accept), "{accept}");
        }
        for accept in ["text/csv", "application/json;q=0", "application/json;q=0, */*", "image/*", "nonsense"] {
            assert!(!takes(accept), "{accept}");
        }
    }

    #[test]
    fn the_greatest_weight_decides_and_then_our_own_order() {
        for (accept, form) in [
            ("", Form::Json),
            ("*/*", Form::Json),
            ("text/csv", Form::Csv),
            ("TEXT/*", Form::Csv),
            ("application/geo+json", Form::GeoJson),
            ("application/geo+json, application/json", Form::Json),
            ("application/json;q=0.5, application/geo+json;q=0.9", Form::GeoJson),
            ("application/json; q=0.2, */*; q=0.1, text/csv;header=present;q=0.3", Form::Csv),
            ("text/csv;q=0.1, */*;q=0.2", Form::Json),
            ("application/*;q=0.5, application/json;q=0", Form::GeoJson),
            ("text/csv;q=7, application/json", Form::Json),
        ] {
            assert_eq!(chosen(accept), Some(form), "{accept}");
        }
        for accept in ["text/html", "*/*;q=0", "text/csv;q=nonsense", "text/csv;q=-1", "text/csv;q=NaN"] {
            assert_eq!(chosen(accept), None, "{accept}");
        }
    }
}
