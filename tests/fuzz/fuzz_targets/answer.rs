//! Any JSON value is an answer to each command or none; an answer written again reads the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| posto_fuzz::answer(bytes));
