//! Who may write: the holder of a token, or anyone, as the gateway is set up. Extracting it is the
//! check; it comes before the body is read.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use posto_wire::command::Reporter;

use crate::code::Code;
use crate::exchange::Arrival;
use crate::problem::Problem;
use crate::state::State;
use crate::visitor::Visitor;

/// What those may do who show no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Anonymous {
    /// Report as anyone may.
    #[default]
    Open,
    /// Report, but not displace alone a fresh price of somebody who is vouched for.
    Limited,
    /// Nothing.
    Refused,
}

/// Somebody who may write.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    token: Option<Arc<str>>,
    visitor: Visitor,
    is_limited: bool,
}

impl Writer {
    /// Whose `Idempotency-Key` it is. Those without a token are one: who asks again from another
    /// address is the same, and a key is not guessed.
    pub(crate) fn principal(&self) -> String {
        self.token.as_ref().map_or_else(|| "anonymous".to_owned(), |name| format!("token:{name}"))
    }

    /// As whom the server knows them (PROTOCOL §5.5).
    pub(crate) fn reporter(&self) -> Reporter {
        match &self.token {
            Some(name) => Reporter::Token(name.to_string()),
            None => Reporter::at(self.visitor.address()),
        }
    }

    /// Whether nobody vouches for them.
    pub(crate) fn is_cautious(&self) -> bool {
        self.is_limited && self.token.is_none()
    }
}

impl FromRequestParts<State> for Writer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let arrival = parts.extensions.get::<Arrival>();
        let arrival = arrival.ok_or_else(|| Problem::internal("a request without its envelope"))?;
        let visitor = arrival.visitor;
        let is_limited = state.anonymous == Anonymous::Limited;
        if let Some((tokens, shown)) = state.tokens.as_ref().zip(bearer(&parts.headers)?) {
            let Some(name) = tokens.name_of(shown) else {
                arrival.count(state.rates.write(visitor))?;
                return Err(Problem::new(Code::TokenWrong, "no token of this server's is the one shown"));
            };
            arrival.count(state.rates.write_with_token(&name))?;
            return Ok(Self { token: Some(name), visitor, is_limited });
        }
        if state.anonymous == Anonymous::Refused {
            return Err(Problem::new(Code::TokenMissing, "reports need a token here: Authorization: Bearer TOKEN"));
        }
        if is_of_another_site(&parts.headers) {
            return Err(Problem::new(Code::CrossSite, "a page of another site reports with a token, or not at all"));
        }
        arrival.count(state.rates.write(visitor))?;
        Ok(Self { token: None, visitor, is_limited })
    }
}

/// The token that a request shows (RFC 6750 §2.1); other schemes are none.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let (Some(shown), None) = (given.next(), given.next()) else {
        let several = headers.contains_key(AUTHORIZATION);
        return if several { Err(unreadable()) } else { Ok(None) };
    };
    let text = shown.to_str().map_err(|_| unreadable())?;
    let (scheme, token) = text.split_once(' ').unwrap_or((text, ""));
    Ok(scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()))
}

fn unreadable() -> Problem {
    Problem::new(Code::UnreadableRequest, "Authorization cannot be read; send it once, as Bearer TOKEN")
}

/// Whether a browser sends this for a page of another site, which the person at it need not know of.
/// Programs other than browsers say nothing of sites.
fn is_of_another_site(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site != "same-origin" && site != "none";
    }
    let host = |value: &HeaderValue| value.to_str().ok().map(str::to_ascii_lowercase);
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let origin = host(origin).and_then(|origin| Some(origin.split_once("://")?.1.to_owned()));
    origin.is_none() || origin != headers.get(HOST).and_then(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_token_is_shown_once_in_any_case_of_its_scheme() {
        let shown = |lines: &[(&'static str, &str)]| bearer(&headers(lines)).map(|token| token.map(str::to_owned));
        assert_eq!(shown(&[("authorization", "Bearer abc")]).unwrap().as_deref(), Some("abc"));
        assert_eq!(shown(&[("authorization", "bearer  abc ")]).unwrap().as_deref(), Some("abc"));
        assert_eq!(shown(&[("authorization", "Bearer")]).unwrap().as_deref(), Some(""));
        assert_eq!(shown(&[("authorization", "Basic abc")]).unwrap(), None);
        assert_eq!(shown(&[]).unwrap(), None);
        assert!(shown(&[("authorization", "Bearer a"), ("authorization", "Bearer b")]).is_err());
    }

    #[test]
    fn a_browser_tells_whose_page_it_is() {
        for (lines, other) in [
            (&[][..], false),
            (&[("origin", "http://a:1"), ("host", "a:1")], false),
            (&[("origin", "https://A.example"), ("host", "a.example")], false),
            (&[("origin", "http://b"), ("host", "a")], true),
            (&[("origin", "null"), ("host", "a")], true),
            (&[("sec-fetch-site", "same-origin"), ("origin", "https://b"), ("host", "a")], false),
            (&[("sec-fetch-site", "cross-site")], true),
            (&[("sec-fetch-site", "same-site")], true),
            (&[("sec-fetch-site", "none")], false),
        ] {
            assert_eq!(is_of_another_site(&headers(lines)), other, "{lines:?}");
        }
    }
}
