//! Any JSON value is a request or a mistake; a request written again reads the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| posto_fuzz::command(bytes));
