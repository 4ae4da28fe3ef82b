//! The HTTP/JSON gateway in front of the fuel-price server: axum routes, the API document and the
//! web page.
//!
//! It keeps no prices: every answer comes through a [`posto_client::Pool`] of sessions with the
//! server, and all that HTTP can do, a UDP client can do with the same command. How a request goes:
//! `serve.rs` → `envelope.rs` → `routes/<name>.rs` → `exchange.rs` → the pool; errors become
//! problem+json in `problem.rs`.

mod accept;
mod answered;
mod app;
mod body;
mod code;
mod envelope;
mod events;
mod examples;
mod exchange;
mod fault;
mod fields;
mod host;
mod inbound;
pub mod limits;
mod methods;
mod metrics;
mod money;
mod openapi;
mod page;
mod parameters;
mod place;
mod problem;
mod query;
mod random;
mod rates;
mod routes;
mod running;
mod search;
mod series;
mod serve;
mod shapes;
mod source;
mod state;
mod survey;
mod tag;
mod tls;
mod tokens;
mod visitor;
mod writer;

pub use app::app;
pub use methods::answer;
pub use openapi::document;
pub use rates::{Rate, RateOptions};
pub use routes::metrics::metrics_app;
pub use serve::{Entrance, serve};
pub use state::{Options, State};
pub use tls::{Tls, TlsError};
pub use tokens::{TOKEN_PREFIX, TokenStore, Tokens, new_token, token_line};
pub use writer::Anonymous;
