//! Settings of the relay: what is taken, and what is told of the rest.

use clap::Parser;

use super::*;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    arguments: RelayArguments,
}

const SERVER_AND_OWN: [&str; 5] = ["relay", "--udp", "127.0.0.1:0", "--to", "127.0.0.1:5000"];

fn read_line(more: &[&str], language: Language) -> anyhow::Result<Options> {
    let line = Line::try_parse_from(SERVER_AND_OWN.iter().chain(more)).unwrap();
    read(&line.arguments, language)
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn the_issue_s_example_is_read_whole() {
    let line = "--drop 0.3 --dup 0.05 --reorder 0.1 --corrupt 0.01 --delay 50ms±20 --rate 64kB/s --blackout 2s/5s \
                --straggle 0.05/3s --rebind 5s --seed 7";
    let options = read_line(&line.split_whitespace().collect::<Vec<_>>(), Language::En).unwrap();
    let expected = Faults {
        delay: ms(30),
        jitter: ms(40),
        loss: Chance::per_mille(300),
        repeat: Chance::per_mille(50),
        reorder: Chance::per_mille(100),
        straggle: Chance::per_mille(50),
        straggle_for: ms(3000),
        corrupt: Chance::per_mille(10),
        flips: 1,
        rate: NonZeroU64::new(64_000),
        blackouts: vec![Blackout::Every { dark: ms(2000), period: ms(5000) }],
    };
    assert_eq!(options.faults, Both::same(expected));
    assert_eq!((options.seed, options.rebind), (7, Some(ms(5000))));
    assert_eq!((options.listen.port(), options.to.port()), (0, 5000));
}

#[test]
fn without_settings_nothing_happens_to_anything() {
    let options = read_line(&[], Language::Pt).unwrap();
    assert_eq!((options.faults, options.rebind), (Both::same(Faults::none(Duration::ZERO)), None));
}

#[test]
fn faults_of_one_direction_leave_the_other_whole() {
    let lossy = Faults { loss: Chance::per_mille(500), ..Faults::none(ms(1)) };
    for (direction, expected) in [
        ("up", Both { up: lossy.clone(), down: Faults::none(Duration::ZERO) }),
        ("down", Both { up: Faults::none(Duration::ZERO), down: lossy.clone() }),
        ("both", Both::same(lossy)),
    ] {
        let options = read_line(&["--drop", "50%", "--delay", "1ms", "--direction", direction], Language::En).unwrap();
        assert_eq!(options.faults, expected, "{direction}");
    }
}

#[test]
fn delays_are_a_time_and_a_spread_in_any_spelling() {
    for (text, expected) in [
        ("50ms", (ms(50), ms(0))),
        ("50ms±20", (ms(30), ms(40))),
        ("50ms+-20", (ms(30), ms(40))),
        ("50 ms ± 20 ms", (ms(30), ms(40))),
        ("1.5s±500ms", (ms(1000), ms(1000))),
        ("50ms±50", (ms(0), ms(100))),
        ("1m", (ms(60_000), ms(0))),
        ("250us", (Duration::from_micros(250), ms(0))),
    ] {
        assert_eq!(delay(text), Some(expected), "{text}");
    }
    for bad in ["", "50", "ms", "50ms±", "50ms±60", "-5ms", "61m", "5h", "1.0001ms", "50ms±20±3", "1e3s", "±20ms"]
    {
        assert_eq!(delay(bad), None, "{bad:?}");
    }
}

#[test]
fn shares_are_exact_to_a_millionth() {
    for (text, expected) in [("0", 0), ("1", 1_000_000), ("0.3", 300_000), ("30%", 300_000), ("0.000001", 1)] {
        assert_eq!(share(text), Some(Chance::of_million(expected)), "{text}");
    }
    for bad in ["", ".", ".5", "1.1", "101%", "-0.1", "0.0000001", "NaN", "0,3", "1e-3", "99999999999999999999"] {
        assert_eq!(share(bad), None, "{bad:?}");
    }
}

#[test]
fn rates_are_bytes_per_second() {
    for (text, expected) in [("1B/s", 1), ("64kB/s", 64_000), ("1.5 MB/s", 1_500_000), ("1000GB/s", 1_000_000_000_000)]
    {
        assert_eq!(rate(text), NonZeroU64::new(expected), "{text}");
    }
    for bad in ["", "64", "64kB", "64kb/s", "0kB/s", "B/s", "kkB/s", "1.5B/s", "1001GB/s"] {
        assert_eq!(rate(bad), None, "{bad:?}");
    }
}

#[test]
fn every_mistake_is_told_at_once_in_one_language() {
    let bad = [
        "--drop",
        "1.5",
        "--dup",
        "-1",
        "--reorder",
        "x",
        "--corrupt",
        "2%%",
        "--delay",
        "5",
        "--rate",
        "9",
        "--blackout",
        "5s/2s",
        "--rebind",
        "1ms",
        "--seed",
        "-7",
        "--direction",
        "sideways",
        "--straggle",
        "0.5",
        "--to",
        "0.0.0.0:5000",
        "--udp",
        "nowhere",
    ];
    let mut line = vec!["relay"];
    line.extend(bad);
    let line = Line::try_parse_from(line).unwrap();
    for (language, word) in [(Language::En, "expected"), (Language::Pt, "esperad")] {
        let told = read(&line.arguments, language).unwrap_err().to_string();
        let lines: Vec<_> = told.lines().collect();
        assert_eq!(lines.len(), bad.len() / 2, "{told}");
        for [name, value] in bad.as_chunks().0 {
            let expected = format!("{name} {value:?}: {word}");
            assert!(
                lines.iter().any(|line| line.trim_start_matches("posto: ").starts_with(&expected)),
                "{expected}\n{told}"
            );
        }
    }
}

#[test]
fn a_relay_to_itself_is_refused() {
    let line = Line::try_parse_from(["relay", "--udp", "127.0.0.1:5000", "--to", "127.0.0.1:5000"]).unwrap();
    assert!(read(&line.arguments, Language::En).unwrap_err().to_string().contains("other than --udp"));
}
