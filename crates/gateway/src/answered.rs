//! A good answer to a read, in one of its forms, with its tag.

use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::accept::Form;
use crate::problem::Problem;
use crate::tag;

/// An answer as JSON.
#[derive(Debug)]
pub(crate) struct Answered<T>(pub(crate) T);

impl<T: Serialize> IntoResponse for Answered<T> {
    fn into_response(self) -> Response {
        in_form(Form::Json, &self.0, |_| None)
    }
}

/// An answer in the form that was chosen, where `write` knows more than plain JSON. The tag is that
/// of the JSON whatever the form, because an age is found in it.
pub(crate) fn in_form<T: Serialize>(form: Form, answer: &T, write: impl FnOnce(&T) -> Option<Vec<u8>>) -> Response {
    let Ok(json) = serde_json::to_vec(answer) else {
        return Problem::internal("an answer that cannot be written").into_response();
    };
    let tag = tag::of(form.essence(), &json);
    let body = if form == Form::Json { json } else { write(answer).unwrap_or(json) };
    ([(CONTENT_TYPE, HeaderValue::from_static(form.media_type())), (ETAG, tag)], body).into_response()
}
