//! Any bytes are a datagram of v2 or none; its frames written again read the same.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| posto_fuzz::datagram(bytes));
