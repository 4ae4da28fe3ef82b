//! Golden sums, refusals, and 100,000 damaged datagrams.

use proptest::prelude::*;

use super::*;
use crate::limits::{MAX_V1_DATA, MAX_V1_DATAGRAM, V1_PACKET_OVERHEAD};
use crate::testing::{Random, any_plain_value, any_text, any_value, object_of};
use crate::{Format, command, text};

/// From the original's own run (PROTOCOL §2): `dados`, seq and the checksum.
const GOLDEN: [(&str, u64, u8); 3] = [
    (r#"{"acao": "D", "tipoCombustivel": "2", "coordenadas": "(-22.0000;-23.1234)", "valor": 4999}"#, 1, 145),
    (r#"{"acao": "P", "tipoCombustivel": "2", "coordenadas": "(-22.0000;-23.1235)", "raio": 5}"#, 2, 165),
    (r#"{"acao": "p", "tipoCombustivel": "1", "coordenadas": "(1;1)", "raio": 1}"#, 1, 52),
];

fn golden(index: usize) -> String {
    let (data, sequence, sum) = GOLDEN[index];
    let next = sequence + 1;
    format!(
        "{{\"dados\": {data}, \"SYN\": false, \"ACK\": false, \"FIN\": false, \"ack\": 0, \"seq\": {sequence}, \
         \"proxSeq\": {next}, \"checksum\": {sum}}}"
    )
}

#[test]
fn a_request_carries_the_sum_that_the_original_client_computed() {
    for (index, (data, sequence, sum)) in GOLDEN.into_iter().enumerate() {
        let packet = Packet::request(sequence, json::parse(data.as_bytes()).unwrap());
        assert_eq!(packet.checksum, Some(sum));
        assert_eq!(String::from_utf8(packet.to_bytes()).unwrap(), golden(index));
    }
}

#[test]
fn a_golden_request_is_read_with_the_sum_in_it() {
    for (index, (_, sequence, sum)) in GOLDEN.into_iter().enumerate() {
        let received = parse(golden(index).as_bytes()).unwrap();
        assert_eq!(received.computed_checksum, sum);
        assert_eq!(received.packet.checksum, Some(sum));
        assert_eq!((received.packet.sequence, received.packet.next_sequence), (sequence, sequence + 1));
        assert_eq!(received.packet.to_bytes(), golden(index).into_bytes());
    }
}

#[test]
fn a_wrong_checksum_is_seen() {
    let damaged = golden(0).replace("4999", "4998");
    let received = parse(damaged.as_bytes()).unwrap();
    assert_eq!(received.packet.checksum, Some(145));
    assert_eq!(received.computed_checksum, 146, "one less in the text, one more in the sum");
}

#[test]
fn blanks_and_spelling_are_not_under_the_sum() {
    let spelt = golden(0).replace(": ", " :\n\t").replace("acao", "ac\\u0061o").replace('(', "\\u0028");
    let received = parse(spelt.as_bytes()).unwrap();
    assert_eq!(received.computed_checksum, 145);
    assert_eq!(received.packet, parse(golden(0).as_bytes()).unwrap().packet);
}

#[test]
fn the_sum_is_zero_and_not_256_where_the_bytes_add_up() {
    assert_eq!(lrc(b""), 0);
    assert_eq!(lrc(&[0x80, 0x80]), 0);
    assert_eq!(lrc(&[1]), 255);
    let sums: Vec<_> = (0..4000).map(|seq| Packet::request(seq, Value::Null).checksum).collect();
    assert!(sums.contains(&Some(0)), "0 is a sum like any other");
}

#[test]
fn an_unknown_member_is_kept_in_its_place_and_is_under_the_sum() {
    let plain = parse(golden(0).as_bytes()).unwrap();
    let text = golden(0).replace("\"ack\":", "\"ext\": {\"v\": 2}, \"ack\":");
    let received = parse(text.as_bytes()).unwrap();
    assert_eq!(received.packet, plain.packet);
    let names: Vec<_> = received.header.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["SYN", "ACK", "FIN", "ext", "ack", "seq", "proxSeq", "checksum"]);
    let added = lrc(b"\"ext\": {\"v\": 2}, ");
    assert_eq!(received.computed_checksum, plain.computed_checksum.wrapping_add(added));
}

#[test]
fn members_may_come_in_any_order() {
    let members = parse_members(&golden(1));
    let reversed = object_of(members.clone().into_iter().rev());
    let received = parse(python::dumps(&reversed.into()).as_bytes()).unwrap();
    assert_eq!(received.packet, parse(golden(1).as_bytes()).unwrap().packet);
    assert_eq!(received.computed_checksum, 165, "a sum does not depend on the order of what it adds");
}

fn parse_members(text: &str) -> Vec<(String, Value)> {
    let Ok(Value::Object(object)) = json::parse(text.as_bytes()) else { panic!("{text}") };
    object.into_iter().collect()
}

#[test]
fn every_missing_member_is_noticed() {
    let members = parse_members(&golden(0));
    for missing in 0..members.len() {
        let mut members = members.clone();
        let (name, _) = members.remove(missing);
        let text = python::dumps(&object_of(members).into());
        assert_eq!(parse(text.as_bytes()), Err(Refusal::MissingMember), "{name}");
    }
    assert_eq!(parse(b"{}"), Err(Refusal::MissingMember));
}

#[test]
fn every_member_has_its_type() {
    let wrong: [(&str, &[&str]); 8] = [
        ("dados", &["true", "5", "5.0", "[]", "[{}]"]),
        ("SYN", &["null", "0", "1", "\"true\"", "{}"]),
        ("ACK", &["null", "0", "1", "\"\"", "[]"]),
        ("FIN", &["null", "0", "1.0", "\"false\""]),
        ("ack", &["null", "true", "-1", "1.0", "1e3", "\"1\"", "[1]"]),
        ("seq", &["null", "false", "-9007199254740992", "0.5", "\"\"", "{}"]),
        ("proxSeq", &["null", "true", "-1", "1e0", "\"2\""]),
        ("checksum", &["true", "-1", "256", "145.0", "\"145\"", "[]", "{}"]),
    ];
    let members = parse_members(&golden(0));
    for (name, values) in wrong {
        for value in values {
            let mut object = object_of(members.clone());
            object.set(name, json::parse(value.as_bytes()).unwrap());
            let text = python::dumps(&object.into());
            assert_eq!(parse(text.as_bytes()), Err(Refusal::WrongType), "{name}: {value}");
        }
    }
}

#[test]
fn numbers_up_to_two_to_the_53_are_taken() {
    let most = u64::try_from(crate::limits::MAX_INTEGER).unwrap();
    let packet = Packet { ack_number: most, sequence: most, next_sequence: most, checksum: Some(255), ..Packet::EMPTY };
    assert_eq!(parse(&packet.to_bytes()).map(|received| received.packet), Ok(packet.clone()));
    let beyond = Packet { sequence: most + 1, ..packet };
    assert_eq!(parse(&beyond.to_bytes()), Err(Refusal::IntegerRange));
}

#[test]
fn a_datagram_is_one_object() {
    for text in ["[]", "null", "5", "\"x\"", "true"] {
        assert_eq!(parse(text.as_bytes()), Err(Refusal::NotObject), "{text}");
    }
    assert_eq!(parse(format!("[{}]", golden(0)).as_bytes()), Err(Refusal::NotObject));
    assert_eq!(parse((golden(0) + &golden(1)).as_bytes()), Err(Refusal::NotJson));
    assert_eq!(parse(b""), Err(Refusal::NotJson));
}

#[test]
fn the_refusals_of_json_are_the_packet_s_own() {
    let with_data = |data: &str| parse(golden(0).replace(GOLDEN[0].0, data).as_bytes()).map(|_| ());
    assert_eq!(with_data("{\"a\": NaN}"), Err(Refusal::NotFinite));
    assert_eq!(with_data("{\"a\": 1e400}"), Err(Refusal::NotFinite));
    assert_eq!(with_data("{\"a\": 9007199254740993}"), Err(Refusal::IntegerRange));
    assert_eq!(with_data("{\"a\": 1, \"a\": 1}"), Err(Refusal::DuplicateMember));
    assert_eq!(with_data("\"\\udc00\""), Err(Refusal::LoneSurrogate));
    assert_eq!(with_data("{\"a\": [[[[[[]]]]]]}"), Ok(()), "with the packet around it, eight levels");
    assert_eq!(with_data("{\"a\": [[[[[[[]]]]]]]}"), Err(Refusal::TooDeep));
    assert_eq!(parse(b"{\"dados\": \"\xe9\"}"), Err(Refusal::NotUtf8));
}

#[test]
fn the_longest_datagram_read_has_1_200_bytes() {
    let padded = |length: usize| format!("{:length$}", golden(0)).into_bytes();
    assert!(parse(&padded(MAX_DATAGRAM)).is_ok());
    assert_eq!(parse(&padded(MAX_DATAGRAM + 1)), Err(Refusal::TooLong));
}

#[test]
fn an_answer_of_the_most_data_fits_what_a_v1_peer_reads() {
    let most = u64::try_from(crate::limits::MAX_INTEGER).unwrap() + 1;
    let answer = Packet { ack: true, ack_number: most, checksum: Some(255), ..Packet::EMPTY };
    let around = answer.to_bytes().len() - "null".len();
    assert!(around <= V1_PACKET_OVERHEAD, "{around}");
    let full = Packet { data: "x".repeat(MAX_V1_DATA - 2).into(), ..answer };
    assert!(full.to_bytes().len() <= MAX_V1_DATAGRAM);
}

#[test]
fn a_packet_without_data_to_speak_of_is_empty() {
    let empty = |data: Value| Packet { data, ..Packet::EMPTY }.is_empty();
    assert!(empty(Value::Null) && empty("".into()) && empty(Object::new().into()));
    assert!(!empty(" ".into()) && !empty(Object::new().with("acao", "T").into()));
}

#[test]
fn every_fixed_text_fits_a_v1_datagram() {
    let texts = [
        text::STORED,
        text::NOTHING_FOUND,
        text::NO_RECORDS,
        text::NO_DATA,
        text::ALREADY_CONNECTED,
        text::SERVER_FULL,
        text::TOO_LARGE,
    ];
    for text in texts {
        assert!(Packet { data: text.into(), ..Packet::EMPTY }.to_bytes().len() < 256, "{text}");
    }
}

/// PROTOCOL §3: an unproven address gets at most three bytes for each that it sent. What is
/// answered without a proof is the SYN+ACK, the packet that says "unknown session", and a text.
#[test]
fn no_handshake_answer_is_three_times_as_long_as_the_shortest_question() {
    let shortest = r#"{"dados":"","SYN":true,"ACK":true,"FIN":true,"ack":0,"seq":0,"proxSeq":0,"checksum":0}"#;
    assert!(parse(shortest.as_bytes()).is_ok());
    let cookie = (1 << 52) - 1;
    let numbers = Packet { syn: true, ack: true, ack_number: 1, sequence: cookie, ..Packet::EMPTY };
    let longest = [
        Packet { next_sequence: cookie + 1, ..numbers },
        Packet { data: text::SERVER_FULL.into(), ..Packet::EMPTY },
        Packet { data: text::ALREADY_CONNECTED.into(), ..Packet::EMPTY },
        Packet::EMPTY,
    ];
    let longest = longest.map(|packet| packet.to_bytes().len()).into_iter().max().unwrap();
    assert!(longest <= 2 * shortest.len(), "{longest} for {}", shortest.len());
}

fn any_packet() -> impl Strategy<Value = Packet> {
    let data = prop_oneof![
        Just(Value::Null),
        any_text().prop_map(Value::Text),
        proptest::collection::vec((any_text(), any_plain_value()), 0..5).prop_map(|members| object_of(members).into()),
    ];
    let numbers = proptest::array::uniform3(0..=1_u64 << 53);
    (data, any::<[bool; 3]>(), numbers, any::<Option<u8>>()).prop_map(|(data, [syn, ack, fin], numbers, checksum)| {
        let [ack_number, sequence, next_sequence] = numbers;
        Packet { data, syn, ack, fin, ack_number, sequence, next_sequence, checksum }
    })
}

proptest! {
    #[test]
    fn a_packet_written_is_read_as_it_was(packet in any_packet()) {
        let bytes = packet.to_bytes();
        prop_assume!(bytes.len() <= MAX_DATAGRAM);
        let received = parse(&bytes).unwrap();
        prop_assert_eq!(received.packet.to_bytes(), bytes);
        prop_assert_eq!(received.packet, packet);
    }

    #[test]
    fn a_request_arrives_with_the_sum_that_it_carries(sequence in 0..1_u64 << 53, members in
        proptest::collection::vec((any_text(), any_plain_value()), 0..5)
    ) {
        let packet = Packet::request(sequence, object_of(members).into());
        let bytes = packet.to_bytes();
        prop_assume!(bytes.len() <= MAX_DATAGRAM);
        let received = parse(&bytes).unwrap();
        prop_assert_eq!(Some(received.computed_checksum), packet.checksum);
    }

    #[test]
    fn any_bytes_are_a_packet_or_a_refusal(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn any_object_is_a_packet_or_a_refusal(value in any_value()) {
        let _ = parse(python::dumps(&value).as_bytes());
    }

    #[test]
    fn a_single_changed_character_of_a_request_is_seen(place in 0..90_usize, with in proptest::char::range(' ', '~')) {
        let (data, _, _) = GOLDEN[0];
        let mut damaged = golden(0).into_bytes();
        let at = "{\"dados\": ".len() + place % data.len();
        prop_assume!(char::from(damaged[at]) != with);
        damaged[at] = u8::try_from(with).unwrap();
        // Either it is no packet any more, or its members are others, or its sum is.
        if let Ok(received) = parse(&damaged) {
            prop_assert_ne!(received.computed_checksum, 145, "{}", String::from_utf8_lossy(&damaged));
        }
    }
}

/// The seeded twin of the fuzz targets in `tests/fuzz`: whatever is made of good datagrams is a
/// packet or a refusal, its command a request or a mistake, and what was read is written so that
/// it reads the same.
#[test]
fn a_hundred_thousand_damaged_datagrams_never_panic() {
    const DATAGRAMS: usize = 100_000;
    let mut random = Random::new(20_190_617);
    let seeds: Vec<Vec<u8>> = seeds().collect();
    let (mut packets, mut requests, mut mistakes) = (0, 0, 0);
    for _ in 0..DATAGRAMS {
        let mut datagram = seeds[random.below(seeds.len())].clone();
        for _ in 0..=random.below(2) {
            damage(&mut random, &mut datagram, &seeds);
        }
        let Ok(received) = parse(&datagram) else { continue };
        packets += 1;
        let again = parse(&received.packet.to_bytes()).map(|again| again.packet);
        assert!(again == Ok(received.packet.clone()) || received.packet.to_bytes().len() > MAX_DATAGRAM);
        match command::read(&received.packet.data) {
            Ok(mut request) => {
                requests += 1;
                // A v1 request is written without `pedido`, which no original server knows.
                request.request_id = request.request_id.filter(|_| request.format == Format::Json);
                let data = request.to_value();
                assert_eq!(command::read(&data), Ok(request), "{}", python::dumps(&data));
            }
            Err((_, mistake)) => {
                mistakes += 1;
                assert!(!mistake.message.is_empty());
            }
        }
    }
    println!("{DATAGRAMS} datagrams: {packets} packets, {requests} requests, {mistakes} mistakes");
    assert!(packets > 8_000 && requests > 2_500 && mistakes > 2_500);
}

fn seeds() -> impl Iterator<Item = Vec<u8>> {
    let commands = [
        r#"{"acao": "D", "tipoCombustivel": "2", "coordenadas": "(-22;-54.8)", "valor": 4999, "formato": "json", "pedido": "a-1", "id": "x.1", "raio_m": 50, "novo": false, "nome": "Posto É", "marca": "BR"}"#,
        r#"{"acao": "L", "tipoCombustivel": "2", "coordenadas": "(1;1)", "raio": 2.5, "formato": "json", "max_idade_s": 3600, "ordem": "viagem", "litros": 30.5, "consumo": 8, "moeda": "BRL", "limite": 5}"#,
        r#"{"acao": "L", "tipoCombustivel": 0, "caixa": [179.5, -20, -179, -15.25], "formato": "json", "max_idade_s": "tudo", "proximo": "40b3870000000000~4999~3ff0000000000000~it-1"}"#,
        r#"{"acao": "S", "posto": "it-61154", "proximo": "2", "formato": "json"}"#,
        r#"{"acao": "T", "formato": "json"}"#,
        r#"{"acao": "I", "formato": "json", "id": "it-1", "lat": 45.5, "lon": 9, "fonte": "it", "nome": "IP", "precos": [{"combustivel": 2, "valor": 1899, "moeda": "EUR", "unidade": "l", "em": "2026-08-21T06:00:00Z"}]}"#,
    ];
    let requests = commands.map(|data| Packet::request(7, json::parse(data.as_bytes()).unwrap()).to_bytes());
    let syn = Packet { syn: true, next_sequence: 1, ..Packet::EMPTY };
    let answer = Packet { data: text::NOTHING_FOUND.into(), ack: true, ack_number: 2, ..Packet::EMPTY };
    let golden = (0..GOLDEN.len()).map(|index| golden(index).into_bytes());
    requests.into_iter().chain(golden).chain([syn.to_bytes(), answer.to_bytes()])
}

/// One piece of damage: a bit, a byte, a token, a piece lost, repeated or taken from elsewhere.
fn damage(random: &mut Random, datagram: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    const TOKENS: &[&str] = &[
        "null",
        "true",
        "\"\"",
        "{}",
        "[]",
        "-0",
        "-0.0",
        "1e400",
        "NaN",
        "0",
        "1",
        "-1",
        "9007199254740993",
        "\\u0000",
        "\\ud83d",
        "é",
        "\"json\"",
        "\"l\"",
        "\"raio\": 5, ",
        "\"acao\"",
        "(91;0)",
        "\u{1f}",
        "[[[[[[[[",
        "\"02\"",
        "1e3",
    ];
    if datagram.is_empty() {
        return datagram.push(b'{');
    }
    let at = random.below(datagram.len());
    let end = (at + random.below(24)).min(datagram.len());
    match random.below(10) {
        0 => datagram[at] ^= 1 << random.below(8),
        1 => datagram[at] = u8::try_from(random.below(256)).unwrap(),
        2 => datagram.truncate(at),
        3 => drop(datagram.drain(at..end)),
        4 => drop(datagram.splice(at..end, random.one_of(TOKENS).bytes())),
        5 => {
            let piece = datagram[at..end].to_vec();
            datagram.splice(at..at, piece);
        }
        // A value put in the place of another is the damage that stays JSON most often.
        6..=8 => {
            let Some(colon) = datagram[at..].windows(2).position(|pair| pair == b": ") else { return };
            let from = at + colon + 2;
            let length = datagram[from..].iter().position(|byte| matches!(byte, b',' | b'}')).unwrap_or(0);
            datagram.splice(from..from + length, random.one_of(TOKENS).bytes());
        }
        _ => {
            let other = &seeds[random.below(seeds.len())];
            let from = random.below(other.len());
            let until = (from + random.below(48)).min(other.len());
            datagram.splice(at..at, other[from..until].iter().copied());
        }
    }
}
