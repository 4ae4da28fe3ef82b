//! Files that are not what they should be: one clear line each, and nothing half imported without
//! a word.

use crate::support::{Imported, Place, gzip, italian_prices, italian_register, text};

#[test]
fn what_is_no_file_of_the_feed_is_refused_before_anything_is_sent() {
    let place = Place::new();
    let (stations, prices) = files(&place, 10);
    let empty = place.file("empty.csv", "");
    let heading = place.file("heading.csv", "Estrazione del 2026-08-21\na|b|c\n1|2|3\n");
    let no_rows = place.file("no_rows.csv", italian_register(0));
    let utf16: Vec<u8> = italian_register(3).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16 = place.file("utf16.csv", utf16);
    let cases: [(&[&str], &str); 9] = [
        (&["italy", text(&empty), text(&prices)], "empty.csv: the file is empty"),
        (&["italy", text(&heading), text(&prices)], "heading.csv, line 2: expected \"idImpianto|"),
        (&["italy", text(&utf16), text(&prices)], "utf16.csv, line 1: expected \"Estrazione del "),
        (&["italy", text(&stations)], "a file of italy is missing: prezzo_alle_8.csv"),
        (&["italy"], "name the files of italy: anagrafica_impianti_attivi.csv (the stations)"),
        (&["italy", text(&stations), text(&prices), text(&prices)], "italy has no use for this file"),
        (&["germany", text(&stations)], "stations.csv: this is a file of italy, not of germany"),
        (&["italy", "absent.csv", text(&prices)], "absent.csv: No such file"),
        (&["italy", ".", text(&prices)], ".: it is a directory"),
    ];
    for (arguments, expected) in cases {
        let failed = place.import(arguments);
        failed.failed_with(expected);
        assert!(failed.err.contains("; nothing had been sent"), "{}", failed.err);
    }
    let nothing = place.file("nothing.csv", italian_prices(0, ""));
    let failed = place.import(&["italy", text(&no_rows), text(&nothing)]);
    failed.failed_with("italy: no station or price in what was read; nothing had been sent");
    assert_eq!(place.holds(), (0, 0));
}

#[test]
fn a_file_that_breaks_off_says_how_much_of_it_was_sent() {
    let place = Place::new();
    let prices = place.file("prices.csv", italian_prices(40, "1.899"));
    let register = italian_register(40);
    let broken = place.file("broken.csv", register.replace("\n31|", &format!("\n31|{}|", "x".repeat(20_000))));
    let failed = place.import(&["italy", text(&broken), text(&prices)]);
    failed.failed_with("broken.csv, line 33: longer than 16384 bytes; 30 stations had been sent already");
    assert_eq!(place.holds(), (30, 30));
    // A gzip file that is cut ends within a block: its beginning is lost, too.
    let packed = gzip(register.as_bytes());
    let cut = place.file("cut.csv.gz", &packed[..packed.len() / 2]);
    let failed = place.import(&["italy", text(&cut), text(&prices)]);
    assert_eq!(failed.code, Some(1));
    assert!(failed.err.contains("cut.csv.gz") && failed.err.lines().count() == 1, "{}", failed.err);
}

#[test]
fn a_file_of_another_country_is_refused_and_one_with_a_few_such_rows_is_not() {
    let place = Place::new();
    let prices = place.file("prices.csv", italian_prices(10, "1.899"));
    // Valencia: west of Italy.
    let elsewhere = italian_register(10).replace("|9.0", "|-0.3");
    let stations = place.file("stations.csv", &elsewhere);
    let refused = place.import(&["italy", text(&stations), text(&prices)]);
    refused.failed_with("italy: none of the 10 stations read is in the country; nothing had been sent");
    assert_eq!(place.holds(), (0, 0));

    let stations = place.file("stations.csv", italian_register(10).replace("|9.001", "|-0.3"));
    let some = place.import(&["italy", text(&stations), text(&prices)]);
    assert_eq!(some.code, Some(3), "{}{}", some.out, some.err);
    assert_eq!(some.err, "posto: 2 of 20 refused\n");
    assert_eq!((some.count("- outside the country"), some.count("new stations")), (1, 9), "{}", some.out);
    assert!(some.out.contains("stations.csv:3: "), "{}", some.out);
}

#[test]
fn the_exit_code_depends_on_how_much_was_refused() {
    let place = Place::new();
    let stations = place.file("stations.csv", italian_register(100));
    // Of 200 read, 9 and then 10 are refused: 5 % and more are many.
    let prices_without = |bad: u32| {
        let prices = italian_prices(100, "1.899");
        let bad_row = |line: &str| {
            let number: Option<u32> = line.split('|').next().and_then(|number| number.parse().ok());
            let is_bad = number.is_some_and(|number| number <= bad);
            if is_bad { line.replace("1.899", "18990") } else { line.to_owned() }
        };
        prices.lines().map(bad_row).collect::<Vec<_>>().join("\n")
    };
    for (bad, more, code) in
        [(9, None, 0), (9, Some("--strict"), 3), (10, None, 3), (10, Some("--lenient"), 0), (0, Some("--strict"), 0)]
    {
        let prices = place.file("prices.csv", prices_without(bad));
        let mut arguments = vec!["italy", text(&stations), text(&prices)];
        arguments.extend(more);
        let imported = place.import(&arguments);
        assert_eq!(imported.code, Some(code), "{bad} {more:?}: {}{}", imported.out, imported.err);
        assert_eq!(imported.count("refused"), u64::from(bad), "{}", imported.out);
    }
    assert_eq!(place.import(&["italy", text(&stations), "--strict", "--lenient"]).code, Some(2));
}

#[test]
fn a_dry_run_reads_all_and_sends_nothing() {
    let place = Place::new();
    let (stations, prices) = files(&place, 10);
    let read = place.import(&["italy", "--dry-run", text(&prices), text(&stations)]).succeeded();
    assert!(read.out.starts_with("dry run: nothing was sent"), "{}", read.out);
    assert_eq!((read.count("stations to send"), read.count("prices taken")), (10, 10), "{}", read.out);
    assert_eq!(place.holds(), (0, 0));
}

#[test]
fn standard_input_and_packed_files_are_read_like_any_other() {
    let place = Place::new();
    let (_, prices) = files(&place, 10);
    let packed = place.file("prices.gz", gzip(&std::fs::read(prices).expect("readable")));
    let read = place.import_from(&["italy", "-", text(&packed)], &italian_register(10)).succeeded();
    assert_eq!((read.count("new stations"), read.count("new or changed prices")), (10, 10), "{}", read.out);
}

#[test]
fn a_server_that_is_not_there_is_told_at_once() {
    let place = Place::new();
    let (stations, prices) = files(&place, 3);
    let mut command = posto_tests::process::posto(["import", "italy", "--lang", "en", "--server", "127.0.0.1:9"]);
    let failed = Imported::of(command.arg(stations).arg(prices), "");
    failed.failed_with("127.0.0.1:9 does not answer");
}

fn files(place: &Place, stations: u32) -> (std::path::PathBuf, std::path::PathBuf) {
    let register = place.file("stations.csv", italian_register(stations));
    (register, place.file("prices.csv", italian_prices(stations, "1.899")))
}
