//! What the writer appends first and indexes later is found at any time.

use posto_market::Fuel;
use tempfile::tempdir;

use super::support::{at, reopen, report, report_id, write};
use crate::{HistoryQuery, Journal, Options, Report, verify};

fn open(directory: &std::path::Path, max_unindexed: i64) -> Journal {
    let mut options = Options::new(directory);
    options.max_unindexed = max_unindexed;
    Journal::open(options).unwrap().journal
}

fn reported(number: u32) -> Report {
    let mut sent = report(at(i32::try_from(number % 3).unwrap(), 0), 1 + number);
    sent.wish.fuel = [Fuel::Gasoline, Fuel::Diesel][usize::try_from(number % 2).unwrap()];
    Report { id: Some(report_id(&number.to_string(), 7)), ..sent }
}

fn prices(journal: &Journal, query: &HistoryQuery) -> Vec<u32> {
    journal.history(query).unwrap().iter().map(|past| past.price.unwrap().thousandths()).collect()
}

#[test]
fn history_and_ids_are_the_same_however_much_is_indexed() {
    let answers = [1, 4, 7, 1000].map(|max_unindexed| {
        let directory = tempdir().unwrap();
        let journal = open(directory.path(), max_unindexed);
        let written: Vec<_> = (0..20).map(|number| write(&journal, reported(number))).collect();
        let again: Vec<_> = (0..20).map(|number| write(&journal, reported(number))).collect();
        assert_eq!(written, again, "each id is known");
        assert_eq!(verify(directory.path()).unwrap().defects, [""; 0]);
        let all =
            HistoryQuery { station: written[0].station.clone(), fuel: None, since: None, before: None, limit: 50 };
        let newest = prices(&journal, &all);
        assert_eq!(newest, [19, 16, 13, 10, 7, 4, 1]);
        for before in 1..=21 {
            let asked = HistoryQuery { before: Some(before), fuel: Some(Fuel::Gasoline), limit: 2, ..all.clone() };
            let expected = newest.iter().filter(|price| *price % 2 == 1 && i64::from(**price) < before).take(2);
            assert_eq!(prices(&journal, &asked), expected.copied().collect::<Vec<_>>(), "before {before}");
        }
        let opened = reopen(journal, directory.path());
        assert_eq!(prices(&opened.journal, &all), newest, "after a restart too");
        (newest, opened.opening.prices)
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

#[test]
fn a_backup_with_an_unindexed_end_has_its_newest_prices() {
    let (directory, copy) = (tempdir().unwrap(), tempdir().unwrap());
    let journal = open(directory.path(), 8);
    (0..20).for_each(|number| drop(write(&journal, reported(number))));
    crate::backup(directory.path(), (&copy.path().join("posto.db"), false), crate::Copied::AsItIs, |_| {}).unwrap();
    let found = verify(copy.path()).unwrap();
    assert_eq!((found.defects.len(), found.prices, found.ids, found.stations_without_prices), (0, 6, 20, 0));
    let opened = Journal::open(Options::new(copy.path())).unwrap();
    let told = |journal: &Journal, number| write(journal, reported(number));
    assert_eq!(told(&opened.journal, 19), told(&journal, 19));
    let mut exported = Vec::new();
    crate::each_price(copy.path(), |_, _, quote| {
        exported.push(quote.price.thousandths());
        true
    })
    .unwrap();
    exported.sort_unstable();
    assert_eq!(exported, [15, 16, 17, 18, 19, 20]);
}

#[test]
fn verify_tells_what_is_wrong_with_the_indexes() {
    let directory = tempdir().unwrap();
    let journal = open(directory.path(), 8);
    (0..9).for_each(|number| drop(write(&journal, reported(number))));
    journal.close().unwrap();
    let file = rusqlite::Connection::open(directory.path().join("posto.db")).unwrap();
    let spoil = "DELETE FROM reports_by_station WHERE report = 2; INSERT INTO reports_by_station VALUES (1, 2, 77);
                 UPDATE ids_by_key SET key = 'other' WHERE report = 3";
    file.execute_batch(spoil).unwrap();
    let defects = verify(directory.path()).unwrap().defects;
    let expected = [
        "index: 1 reports are missing in reports_by_station",
        "index: 1 rows of reports_by_station name no report",
        "index: 1 ids are missing in ids_by_key",
        "index: 1 rows of ids_by_key name no id",
    ];
    assert_eq!(defects, expected);
}

#[test]
fn a_long_history_is_loaded_by_its_index_a_short_one_backwards_with_one_result() {
    let (short, long) = (tempdir().unwrap(), tempdir().unwrap());
    let count = u32::try_from(crate::limits::READ_WHOLE_UP_TO).unwrap() * 3;
    for (directory, reports) in [(&short, count), (&long, count + 5)] {
        let journal = open(directory.path(), 7);
        (count + 5 - reports..count + 5).for_each(|number| drop(write(&journal, reported(number))));
        let told = |journal: &Journal| {
            let query = |place| journal.book().near(at(place, 0), 0.0).remove(0).0;
            (0..3).map(|place| journal.book().station(&query(place).id).unwrap().quotes).collect::<Vec<_>>()
        };
        let before = told(&journal);
        let copy = tempdir().unwrap();
        crate::backup(directory.path(), (&copy.path().join("posto.db"), false), crate::Copied::AsItIs, |_| {}).unwrap();
        let opened = Journal::open(Options::new(copy.path())).unwrap();
        assert_eq!((told(&opened.journal), opened.opening.prices), (before, 6), "with an end that is not indexed");
        assert_eq!(opened.opening.reports, u64::from(reports));
    }
}
