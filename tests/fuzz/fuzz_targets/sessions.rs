//! Any order of datagrams, time, requests and answers: both state machines keep their promises.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    posto_fuzz::sessions(bytes);
});
