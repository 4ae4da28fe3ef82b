//! The pool of sessions in front of real processes: servers are killed, stopped, cut off and started
//! again under load, and whoever asks must hardly notice.

mod copies;
mod dead;
mod idle;
mod positions;
mod support;
mod writes;
