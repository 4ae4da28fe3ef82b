//! `posto import` as an operator meets it: real processes, files of every kind, a web server that
//! fails, the real files where they are present.

mod download;
mod formats;
mod real;
mod replay;
mod samples;
mod support;
mod trouble;
mod watch;
