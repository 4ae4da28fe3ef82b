//! `GET /problems` and `GET /problems/{code}`: where the `type` of every problem leads, for people
//! (HTML, Portuguese or English) and for programs (JSON).

use std::fmt::Write as _;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery};
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::accept::{Accept, Form};
use crate::answered::Answered;
use crate::code::{Both, Code};
use crate::openapi::LocalProblems;
use crate::parameters::{EveryRequest, ProblemPath};
use crate::problem::Problem;
use crate::{query, tag};

/// JSON first: a program that says nothing gets it, and every browser asks for HTML by name.
const FORMS: [Form; 2] = [Form::Json, Form::Html];

/// The kinds of problem.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Explanations {
    /// In the order of their status.
    problems: Vec<Explanation>,
}

/// What a kind of problem means.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Explanation {
    /// `type` of such a problem.
    #[schema(example = "/problems/not-allowed")]
    r#type: String,
    /// Its `code`.
    #[schema(schema_with = crate::problem::code_schema)]
    code: &'static str,
    /// Its HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// Its `title`.
    title: &'static str,
    /// What happened.
    meaning: Both,
    /// What whoever asked can do.
    remedy: Both,
}

/// The kinds of problem
///
/// Every code that an error of this API may have, with what it means and what to do about it. By the
/// header Accept it is JSON or, for people, HTML in the language of Accept-Language.
#[utoipa::path(
    get, path = "/problems", operation_id = "problems", tag = "reference",
    params(EveryRequest),
    responses(
        (status = 200, description = "The kinds of problem", content(
            (Explanations = "application/json", example = json!(every())),
            (String = "text/html"),
        )),
        LocalProblems,
    ),
)]
pub(crate) async fn problems(
    accept: Accept,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    query::refuse_all(query.as_deref())?;
    let every = every();
    match accept.choose(&FORMS)? {
        Form::Html => Ok(page(&headers, &every.problems)),
        _ => Ok(Answered(every).into_response()),
    }
}

/// One kind of problem
///
/// Where the `type` of a problem leads: what it means and what to do about it.
#[utoipa::path(
    get, path = "/problems/{code}", operation_id = "problem", tag = "reference",
    params(ProblemPath, EveryRequest),
    responses(
        (status = 200, description = "The kind of problem", content(
            (Explanation = "application/json", example = json!(Explanation::of(Code::NotAllowed))),
            (String = "text/html"),
        )),
        LocalProblems,
        (status = 404, description = "No problem has this code", body = crate::problem::Body,
            content_type = "application/problem+json", example = json!(crate::examples::problem(Code::UnknownRoute))),
    ),
)]
pub(crate) async fn problem(
    accept: Accept,
    headers: HeaderMap,
    code: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    query::refuse_all(query.as_deref())?;
    let form = accept.choose(&FORMS)?;
    let wanted = code.map(|Path(code)| code).unwrap_or_default();
    let code = Code::ALL.into_iter().find(|code| code.slug() == wanted);
    let code =
        code.ok_or_else(|| Problem::new(Code::UnknownRoute, "no problem has this code; /problems has them all"))?;
    let explanation = Explanation::of(code);
    match form {
        Form::Html => Ok(page(&headers, &[explanation])),
        _ => Ok(Answered(explanation).into_response()),
    }
}

fn every() -> Explanations {
    let mut codes = Code::ALL;
    codes.sort_by_key(|code| code.status().as_u16());
    Explanations { problems: codes.map(Explanation::of).into() }
}

impl Explanation {
    fn of(code: Code) -> Self {
        // Every code has a meaning: a test holds that.
        const NONE: Both = Both { pt: "", en: "" };
        let (meaning, remedy) = code.meaning().map_or((NONE, NONE), |told| (told.meaning, told.remedy));
        Self {
            r#type: format!("/problems/{}", code.slug()),
            code: code.slug(),
            status: code.status().as_u16(),
            title: code.title(),
            meaning,
            remedy,
        }
    }
}

/// A page without script and style: a browser's own look is readable, in the dark too. All its texts
/// are ours.
fn page(headers: &HeaderMap, problems: &[Explanation]) -> Response {
    let wishes = headers.get(ACCEPT_LANGUAGE).and_then(|wishes| wishes.to_str().ok()).unwrap_or_default();
    let is_portuguese = prefers_portuguese(wishes);
    let in_ours = |text: Both| if is_portuguese { text.pt } else { text.en };
    let language = if is_portuguese { "pt" } else { "en" };
    let heading = in_ours(Both { pt: "O que os erros significam", en: "What the errors mean" });
    let mut body = String::new();
    for told in problems {
        let (meaning, remedy) = (in_ours(told.meaning), in_ours(told.remedy));
        let Explanation { code, status, r#type: address, .. } = told;
        // Writing to a String does not fail.
        let _ = write!(
            body,
            "<h2 id=\"{code}\"><a href=\"{address}\">{code}</a> ({status})</h2>\n<p>{meaning}</p>\n<p>{remedy}</p>\n"
        );
    }
    let text = format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>Posto: \
         {heading}</title>\n</head>\n<body>\n<main>\n<h1><a href=\"/problems\">{heading}</a></h1>\n{body}</main>\n\
         </body>\n</html>\n"
    );
    let language = HeaderValue::from_static(language);
    let known = [
        (CONTENT_TYPE, HeaderValue::from_static(Form::Html.media_type())),
        (CONTENT_LANGUAGE, language),
        (VARY, HeaderValue::from_static("accept-language")),
        (ETAG, tag::of_file(text.as_bytes())),
    ];
    (known, text).into_response()
}

/// Whether Portuguese comes before English in `Accept-Language`, by weight and then by place
/// (RFC 9110 §12.5.4).
fn prefers_portuguese(wishes: &str) -> bool {
    let weight = |language: &str| {
        let ranges = wishes.split(',').enumerate().filter_map(|(place, range)| {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let primary = tag.trim().split('-').next()?;
            let weight = parameters.trim().strip_prefix("q=").map_or(Some(1.0), |weight| weight.parse::<f64>().ok())?;
            let is_ours = primary.eq_ignore_ascii_case(language);
            is_ours.then_some((weight, std::cmp::Reverse(place)))
        });
        ranges.filter(|(weight, _)| *weight > 0.0).max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
    };
    match (weight("pt"), weight("en")) {
        (Some(pt), Some(en)) => pt > en,
        (pt, _) => pt.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_the_one_wished_for_most() {
        for wishes in ["pt", "pt-BR,pt;q=0.9,en;q=0.8", "en;q=0.5, PT-br;q=0.7", "de, pt;q=0.1", "en;q=0, pt;q=0.1"] {
            assert!(prefers_portuguese(wishes), "{wishes}");
        }
        for wishes in ["", "en", "en, pt", "de", "pt;q=0", "*", "pt;q=x, en", "pt;q=0.1, en;q=0.2", "ptx"] {
            assert!(!prefers_portuguese(wishes), "{wishes}");
        }
    }
}
