//! Who may write, and what one who may not is told: tokens, keys, public addresses, limits, and reports
//! that are asked again. Real processes over real sockets.

mod access;
mod again;
mod keys;
mod limited;
mod rates;
mod support;
mod tokens;
