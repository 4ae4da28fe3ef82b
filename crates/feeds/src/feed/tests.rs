//! Files given in any order, and files that are not a feed's.

use super::*;
use crate::named;

const REGISTER: &str = "Estrazione del 2026-08-21\n\
    idImpianto|Gestore|Bandiera|Tipo Impianto|Nome Impianto|Indirizzo|Comune|Provincia|Latitudine|Longitudine\n\
    7|ROSSI SRL|Pompe Bianche|Stradale|Rossi Centro|VIA ROMA 1|MILANO|MI|45.4642|9.19\n";
const PRICES: &str = "Estrazione del 2026-08-21\nidImpianto|descCarburante|prezzo|isSelf|dtComu\n\
    7|Benzina|1.979|1|20/08/2026 20:30:14\n";
const TERMS: Terms = Terms { now: Timestamp::from_millis(1_787_356_800_000), currency: Currency::BRL };

fn input(label: &str, text: &'static str) -> Input {
    Input::new(label, text.as_bytes()).unwrap()
}

/// How the reading of these files by Italy's feed ends.
fn refused(inputs: Vec<Input>) -> String {
    let feed = named("italy").unwrap();
    let read = feed.sort(inputs).and_then(|inputs| feed.read(inputs, &TERMS));
    read.map(|_| ()).unwrap_err().to_string()
}

#[test]
fn files_are_told_apart_by_how_they_begin() {
    let feed = named("italy").unwrap();
    for inputs in [vec![input("a", REGISTER), input("b", PRICES)], vec![input("b", PRICES), input("a", REGISTER)]] {
        let inputs = feed.sort(inputs).unwrap();
        let names: Vec<_> = inputs.names().collect();
        assert!(names.contains(&("prezzo_alle_8.csv", "b")) && names.len() == 2, "{names:?}");
        let mut records = feed.read(inputs, &TERMS).unwrap();
        assert_eq!(records.by_ref().map(|record| record.unwrap().prices.len()).collect::<Vec<_>>(), [1]);
        assert_eq!((records.summary().stations, records.summary().prices), (1, 1));
    }
}

#[test]
fn what_is_wrong_with_the_files_is_told() {
    assert_eq!(refused(vec![input("a", "\u{feff} \n")]), "a: the file is empty");
    assert_eq!(refused(vec![input("a", REGISTER)]), "italy needs prezzo_alle_8.csv");
    let three = vec![input("a", REGISTER), input("b", PRICES), input("c", PRICES)];
    assert_eq!(refused(three), "c: italy has no use for this file beside the others");
    let strange = vec![input("a", REGISTER), input("b", "<html>")];
    assert!(refused(strange).starts_with("prezzo_alle_8.csv, line 1: expected"));
}
