//! Any bytes are a packet or a refusal; a packet written again reads the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| posto_fuzz::packet(bytes));
