//! PROTOCOL.md holds what the code does: every example in it is read and checked here, and its
//! tables of refusals, fuels, error codes and limits are the code's.

use posto_market::{Fuel, limits as market};
use posto_wire::answer::{
    self, Acts, Answer, AnswerError, Cells, Changes, Flagged, Flags, History, Imported, Moderated, Origins, Remarks,
    Reported, ServerTime, StationDetail, Stations, Statistics,
};
use posto_wire::checksum::lrc;
use posto_wire::{ErrorCode, Format, Mistake, Packet, Refusal, Request, Value, command, json, limits, packet, python};

#[path = "protocol_md/v2.rs"]
mod v2;

const DOCUMENT: &str = include_str!("../PROTOCOL.md");

/// A fenced block: its info string and its lines.
struct Block {
    info: &'static str,
    lines: Vec<&'static str>,
}

fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in DOCUMENT.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(info), None) => open = Some(Block { info, lines: Vec::new() }),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.lines.push(line),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fence is left open");
    blocks
}

/// The lines of all blocks of a kind, each with what follows the kind in its info string.
fn examples(kind: &str) -> Vec<(&'static str, &'static str)> {
    let blocks = blocks();
    let of_kind = blocks.iter().filter_map(|block| {
        let rest = block.info.strip_prefix(kind)?;
        let rest = if rest.is_empty() { rest } else { rest.strip_prefix(' ')? };
        Some(block.lines.iter().map(move |line| (rest, *line)))
    });
    let examples: Vec<_> = of_kind.flatten().collect();
    assert!(!examples.is_empty(), "PROTOCOL.md has no example of `{kind}` any more");
    examples
}

/// Both sides of `left => right`.
fn sides(line: &str) -> (&str, &str) {
    line.split_once(" => ").unwrap_or_else(|| panic!("no ` => ` in {line}"))
}

fn value(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}: {text}"))
}

fn read(data: &Value) -> Request {
    command::read(data).unwrap_or_else(|(_, mistake)| panic!("{mistake}: {}", python::dumps(data)))
}

/// `name=number` in an info string.
fn number(info: &str, name: &str) -> usize {
    let word = info.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    word.and_then(|word| word.parse().ok()).unwrap_or_else(|| panic!("no {name}= in {info}"))
}

fn packet_of(line: &str) -> packet::Packet {
    let received = packet::parse(line.as_bytes()).unwrap_or_else(|refusal| panic!("{refusal}: {line}"));
    assert_eq!(String::from_utf8_lossy(&received.packet.to_bytes()), line, "written again");
    assert!(line.len() <= limits::MAX_V1_DATAGRAM);
    received.packet
}

#[test]
fn every_block_is_of_a_kind_that_is_checked() {
    const KINDS: [&str; 17] = [
        "refused",
        "written",
        "summed",
        "datagram",
        "datagram-request",
        "datagram-answer",
        "command",
        "command-spelt",
        "mistake",
        "mistake-text",
        "answer",
        "answer-beside",
        "v2-keys",
        "v2-handshake",
        "v2",
        "v2-refused",
        "",
    ];
    for block in blocks() {
        let kind = block.info.split(' ').next().unwrap_or_default();
        assert!(KINDS.contains(&kind) && !kind.is_empty(), "nobody checks `{}`", block.info);
        assert!(!block.lines.is_empty() && block.lines.iter().all(|line| !line.is_empty()), "`{}`", block.info);
    }
}

#[test]
fn what_the_document_says_is_refused_is_refused_for_that_reason() {
    for (_, line) in examples("refused") {
        let (reason, datagram) = line.split_once(": ").expect("a reason");
        let refusal = packet::parse(datagram.as_bytes()).expect_err(datagram);
        assert_eq!(refusal.to_string(), reason, "{datagram}");
    }
    for refusal in Refusal::ALL {
        assert!(DOCUMENT.contains(&format!("\n| {refusal} |")), "§1.3 lacks `{refusal}`");
    }
}

#[test]
fn every_spelling_is_written_as_the_document_says() {
    for (_, line) in examples("written") {
        let (spelt, written) = sides(line);
        assert_eq!(python::dumps(&value(spelt)), written);
    }
}

#[test]
fn the_worked_example_adds_up() {
    for (info, line) in examples("summed") {
        assert_eq!(line.len(), number(info, "bytes"));
        assert_eq!(usize::from(lrc(line.as_bytes())), number(info, "sum"));
        let sum: u32 = line.bytes().map(u32::from).sum();
        let shown = format!("{},{:03}", sum / 1000, sum % 1000);
        let said = format!("{shown} mod 256 = {}; 256 − {} = **{}**", sum % 256, sum % 256, 256 - sum % 256);
        assert!(DOCUMENT.contains(&said), "{said}");
    }
}

#[test]
fn every_datagram_is_read_and_written_again() {
    for (_, line) in examples("datagram") {
        packet_of(line);
    }
    assert!(examples("datagram").iter().any(|(_, line)| packet_of(line) == Packet::EMPTY), "\"unknown session\"");
}

#[test]
fn every_request_has_the_sum_in_its_info_string() {
    for (info, line) in examples("datagram-request") {
        let packet = packet_of(line);
        let sum = u8::try_from(number(info, "sum")).expect("a byte");
        assert_eq!(packet.checksum, Some(sum), "{line}");
        assert_eq!(packet, Packet::request(packet.sequence, packet.data.clone()), "{line}");
        read(&packet.data);
    }
}

#[test]
fn every_answer_datagram_answers_the_request_before_it() {
    let mut request = None;
    let mut answers = 0;
    for block in blocks() {
        match block.info.split(' ').next() {
            Some("datagram-request") => request = block.lines.first().map(|line| packet_of(line)),
            Some("datagram-answer") => {
                let request = request.take().expect("a request before the answer");
                let expected = Packet {
                    ack: true,
                    ack_number: request.sequence + 1,
                    checksum: request.checksum,
                    data: packet_of(block.lines[0]).data,
                    ..Packet::EMPTY
                };
                assert_eq!(packet_of(block.lines[0]), expected);
                answers += 1;
            }
            _ => {}
        }
    }
    assert!(answers >= 3);
}

#[test]
fn every_command_is_read_and_written_again() {
    for (_, line) in examples("command") {
        assert_eq!(python::dumps(&read(&value(line)).to_value()), line);
    }
    let letters =
        ["D", "P", "L", "M", "S", "H", "E", "W", "T", "F", "I", "X"].map(|letter| format!("{{\"acao\": \"{letter}\""));
    for letter in letters {
        assert!(examples("command").iter().any(|(_, line)| line.starts_with(&letter)), "no example of {letter}");
    }
    for (_, line) in examples("command-spelt") {
        let (spelt, written) = sides(line);
        assert_eq!(python::dumps(&read(&value(spelt)).to_value()), written);
    }
}

#[test]
fn every_mistake_is_told_as_the_document_says() {
    for (_, line) in examples("mistake-text") {
        let (command, text) = sides(line);
        let (format, mistake) = command::read(&value(command)).expect_err(command);
        assert_eq!((format, mistake.to_string().trim_end()), (Format::Text, text));
    }
    for (_, line) in examples("mistake") {
        let (command, expected) = sides(line);
        let (format, mistake) = command::read(&value(command)).expect_err(command);
        assert_eq!((format, python::dumps(&answer::error(&mistake)).as_str()), (Format::Json, expected));
    }
}

fn check_answer<T: Answer>(line: &str) {
    let read: T = answer::read(value(line)).unwrap_or_else(|error| panic!("{error}: {line}"));
    assert_eq!(python::dumps(&answer::ok(&read)), line);
    assert!(line.len() <= limits::MAX_V1_DATA);
}

#[test]
fn every_answer_is_read_and_written_again() {
    for (command, line) in examples("answer") {
        match command {
            "D" => check_answer::<Reported>(line),
            "P" | "L" => check_answer::<Stations>(line),
            "M" => check_answer::<Cells>(line),
            "S" => check_answer::<StationDetail>(line),
            "H" => check_answer::<History>(line),
            "E" => check_answer::<Statistics>(line),
            "W" => check_answer::<Changes>(line),
            "T" => check_answer::<ServerTime>(line),
            "I" => check_answer::<Imported>(line),
            "F" => check_answer::<Flagged>(line),
            "X" => check_answer::<Moderated>(line),
            "X avisos" => check_answer::<Flags>(line),
            "X origens" => check_answer::<Origins>(line),
            "X registro" => check_answer::<Acts>(line),
            "erro" => {
                let refused = answer::read::<ServerTime>(value(line)).expect_err(line);
                let AnswerError::Refused(mistake) = refused else { panic!("{refused}: {line}") };
                assert_eq!(python::dumps(&answer::error(&mistake)), line);
            }
            other => panic!("an answer to {other}?"),
        }
    }
}

#[test]
fn what_stands_beside_an_answer_is_read_and_written_again() {
    for (_, line) in examples("answer-beside") {
        let whole = value(line);
        let remarks = Remarks::of(&whole);
        assert_ne!(remarks, Remarks::default(), "{line}");
        let bare = match answer::read::<Stations>(whole) {
            Ok(stations) => answer::ok(&stations),
            Err(AnswerError::Refused(mistake)) => answer::error(&mistake),
            Err(unreadable) => panic!("{unreadable}: {line}"),
        };
        assert_eq!(python::dumps(&remarks.beside(bare)), line);
    }
}

#[test]
fn the_tables_of_fuels_and_errors_are_complete() {
    for fuel in Fuel::ALL {
        let (code, slug, unit) = (fuel.code(), fuel.slug(), fuel.default_unit().sign());
        let row = format!("\n| {code} | `{slug}` | {} | {} | {unit} |\n", fuel.name_pt(), fuel.name_en());
        assert!(DOCUMENT.contains(&row), "§7.12 lacks {row}");
    }
    for code in [
        ErrorCode::AcaoDesconhecida,
        ErrorCode::ParametroVazio,
        ErrorCode::ParametroInvalido,
        ErrorCode::CoordenadasInvalidas,
        ErrorCode::PostoDesconhecido,
        ErrorCode::PostoOculto,
        ErrorCode::AtoImpossivel,
        ErrorCode::PostoAmbiguo,
        ErrorCode::IdReutilizado,
        ErrorCode::NaoPermitido,
        ErrorCode::RespostaGrande,
        ErrorCode::Ocupado,
        ErrorCode::Atrasado,
        ErrorCode::Incerto,
        ErrorCode::DiarioParado,
    ] {
        let written = python::dumps(&answer::error(&Mistake::new(code, "")));
        let name = written.split('"').nth(5).expect("a code").to_owned();
        assert!(DOCUMENT.contains(&format!("\n| `{name}` |")), "§7.11 lacks {name}");
    }
}

#[test]
fn every_section_that_is_referred_to_is_there() {
    let headings = DOCUMENT.lines().filter(|line| line.starts_with('#'));
    let numbers: Vec<_> =
        headings.filter_map(|line| line.split(' ').nth(1)).map(|word| word.trim_matches('.')).collect();
    for (at, sign) in DOCUMENT.match_indices('§') {
        let rest = &DOCUMENT[at + sign.len()..];
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number = rest[..end].trim_end_matches('.');
        let elsewhere = DOCUMENT[..at].ends_with("RFC 9000 ") || DOCUMENT[..at].ends_with("RFC 9002 ");
        assert!(elsewhere || numbers.contains(&number), "§{number}");
    }
}

#[test]
fn the_limits_are_the_code_s() {
    let names = [
        ("wire::MAX_V1_DATAGRAM", limits::MAX_V1_DATAGRAM),
        ("wire::MAX_V1_DATA", limits::MAX_V1_DATA),
        ("wire::MAX_DATAGRAM", limits::MAX_DATAGRAM),
        ("wire::MAX_DEPTH", limits::MAX_DEPTH),
        ("wire::MAX_ID_BYTES", limits::MAX_ID_BYTES),
        ("wire::MAX_LIST", limits::MAX_LIST),
        ("wire::MAX_FRAME", limits::MAX_FRAME),
        ("wire::MAX_V2_REQUEST", limits::MAX_V2_REQUEST),
        ("wire::MAX_V2_DATA", limits::MAX_V2_DATA),
        ("wire::MAX_SLICE", limits::MAX_SLICE),
        ("wire::MAX_FRAGMENTS", usize::from(limits::MAX_FRAGMENTS)),
        ("wire::MIN_PSK_BYTES", limits::MIN_PSK_BYTES),
        ("market::MAX_CELLS", market::MAX_CELLS),
        ("market::MAX_COORDINATES_BYTES", market::MAX_COORDINATES_BYTES),
        ("market::MAX_LABEL_CHARACTERS", market::MAX_LABEL_CHARACTERS),
    ];
    for (name, limit) in names {
        let row = DOCUMENT.lines().find(|line| line.starts_with('|') && line.contains(&format!("| `{name}` |")));
        let row = row.unwrap_or_else(|| panic!("§5.2 and §8.8 lack {name}"));
        let shown = row.trim_start_matches("| ").split(' ').next().unwrap_or_default().replace(',', "");
        assert_eq!(shown, limit.to_string(), "{row}");
    }
}
