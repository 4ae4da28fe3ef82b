//! HTTP/2 turned against the server: streams opened and reset at once (CVE-2023-44487), windows that
//! never open, settings without end. Frames are written by hand (RFC 9113 §4.1).

use std::io::Write as _;

use crate::support::{LONG, Others, Victim, connect_from, ends};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
/// END_STREAM and END_HEADERS.
const WHOLE: u8 = 5;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("short").to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// `GET path`, each header as an index of the static table or a literal (RFC 7541 §6).
fn get(stream: u32, path: &str) -> Vec<u8> {
    let literal = |name: u8, value: &str| {
        let length = u8::try_from(value.len()).expect("short");
        [&[name, length], value.as_bytes()].concat()
    };
    let fields = [&[0x82, 0x86][..], &literal(0x04, path), &literal(0x01, "localhost")].concat();
    frame(HEADERS, WHOLE, stream, &fields)
}

#[test]
fn streams_reset_as_soon_as_they_are_opened_end_their_connection() {
    let victim = Victim::up();
    let others = Others::start(victim.http());
    for _ in 0..20 {
        let mut stream = connect_from([127, 0, 0, 2], victim.http(), None).expect("it listens");
        stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).expect("it takes bytes");
        let flood: Vec<u8> = (0..2_000)
            .flat_map(|number| [get(2 * number + 1, "/fuels"), frame(RST_STREAM, 0, 2 * number + 1, &[0, 0, 0, 8])])
            .flatten()
            .collect();
        // It is cut before the last of them is taken.
        let _ = stream.write_all(&flood);
        let (ended, _) = ends(&mut stream);
        assert!(ended, "the connection goes on");
    }
    others.stop("20 x 2,000 streams reset", &victim);
    victim.is_well();
}

#[test]
fn answers_that_no_window_lets_out_are_bounded() {
    let victim = Victim::up();
    let others = Others::start(victim.http());
    // SETTINGS_INITIAL_WINDOW_SIZE 0: not one byte of a body may be sent.
    let no_window = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]);
    let requests: Vec<u8> = (0..64).flat_map(|number| get(2 * number + 1, LONG)).collect();
    let streams: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = connect_from([127, 0, 0, 2], victim.http(), None).expect("it listens");
            // The greediest are cut while they write.
            let _ = stream.write_all(&[PREFACE, &no_window, &requests].concat());
            stream
        })
        .collect();
    std::thread::sleep(std::time::Duration::from_secs(1));
    others.stop("20 x 64 answers without a window", &victim);
    drop(streams);
    victim.is_well();
}

#[test]
fn floods_of_settings_and_pings_harm_nobody() {
    let victim = Victim::up();
    let others = Others::start(victim.http());
    for kind in [SETTINGS, 6] {
        let mut stream = connect_from([127, 0, 0, 2], victim.http(), Some(4096)).expect("it listens");
        stream.set_write_timeout(Some(std::time::Duration::from_millis(500))).expect("a time-out");
        let _ = stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat());
        let payload: &[u8] = if kind == SETTINGS { &[] } else { &[0; 8] };
        let flood = frame(kind, 0, 0, payload).repeat(100_000);
        // The answers are not read, so that at some time nothing more is taken.
        let _ = stream.write_all(&flood);
    }
    others.stop("200,000 SETTINGS and PINGs", &victim);
    victim.is_well();
}
