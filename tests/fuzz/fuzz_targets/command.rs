//! Any JSON value is a request or a mistake that fits an answer; a request written again reads the
//! same; and the value is an answer or none.
#![no_main]

use libfuzzer_sys::fuzz_target;
use posto_wire::answer::{self, Stations};
use posto_wire::{Format, command, json, limits, python};

fuzz_target!(|bytes: &[u8]| {
    let Ok(data) = json::parse(bytes) else { return };
    match command::read(&data) {
        Ok(mut request) => {
            // A v1 request is written without `pedido`, which no original server knows.
            request.request_id = request.request_id.filter(|_| request.format == Format::Json);
            assert_eq!(command::read(&request.to_value()), Ok(request));
        }
        Err((_, mistake)) => {
            assert!(python::dumps(&answer::error(&mistake)).len() <= limits::MAX_V1_DATA);
        }
    }
    let _ = answer::read::<Stations>(data);
});
