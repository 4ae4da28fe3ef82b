//! Much at once: a played log is heard as it happens, and who does not read holds up nobody.

use std::collections::HashMap;
use std::process::Command;

use posto_tests::process::{Serving, posto, run};
use tempfile::TempDir;

use crate::support::{ENOUGH, Event, Listener};

const REGISTER: &str = "\
uuid,name,brand,street,house_number,post_code,city,latitude,longitude
00000000-0000-0000-0000-000000000001,Eins,ARAL,Weg,1,10115,Berlin,52.53,13.38
00000000-0000-0000-0000-000000000002,Zwei,JET,Weg,2,10115,Berlin,52.54,13.39
";

const LOG: &str = "\
date,station_uuid,diesel,e5,e10,dieselchange,e5change,e10change
2014-06-08 09:50:00+02,00000000-0000-0000-0000-000000000001,1.399,1.599,1.559,1,1,1
2014-06-08 09:50:00+02,00000000-0000-0000-0000-000000000002,1.389,1.589,1.549,1,1,1
2014-06-08 09:51:00+02,00000000-0000-0000-0000-000000000002,0.000,1.579,1.549,2,1,0
2014-06-08 09:51:40+02,00000000-0000-0000-0000-000000000001,1.379,1.599,1.559,1,0,0
";

struct Place {
    up: Serving,
    files: TempDir,
    _data: TempDir,
}

impl Place {
    fn new() -> Self {
        let (data, files) = (tempfile::tempdir().expect("a directory"), tempfile::tempdir().expect("a directory"));
        Self { up: Serving::up(data.path(), &["--seed", "none"]), files, _data: data }
    }

    fn file(&self, name: &str, content: &str) -> String {
        let path = self.files.path().join(name);
        std::fs::write(&path, content).expect("writable");
        path.to_str().expect("UTF-8").to_owned()
    }

    fn import(&self, arguments: &[&str]) -> Command {
        let mut command = posto(["import"]);
        command.args(arguments).args(["--server", &self.up.udp().to_string(), "--data"]);
        command.arg(self.files.path().join("cache"));
        command
    }
}

#[test]
fn a_log_that_is_played_is_heard_price_by_price() {
    let place = Place::new();
    let (register, log) = (place.file("stations.csv", REGISTER), place.file("prices.csv", LOG));
    let mut listener = Listener::new(place.up.http(), "?radius=50&lat=52.52&lon=13.4");
    let played = run(&mut place.import(&["germany", &register, "--changes", &log, "--speed", "max"]), "", ENOUGH);
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stderr));
    // Each row of the log tells all prices of its station.
    let heard = listener.events(12);
    let ended: Vec<_> = heard.iter().filter(|event| event.name == "ended").collect();
    assert_eq!(ended.iter().map(|event| event.data["fuel"].clone()).collect::<Vec<_>>(), ["diesel"]);
    assert!(ended[0].data["price"].is_null() && ended[0].data["reported_at"].is_string());
    assert_eq!(ended[0].data["source"], "de");
    assert!(ended[0].data["attribution"].is_string());
    // What was heard last of each is what a search finds now.
    let mut last: HashMap<(String, String), String> = HashMap::new();
    for event in &heard {
        let (station, fuel, price) = event.told();
        last.insert((station, fuel), price);
    }
    let mut prices: Vec<_> = last.values().map(String::as_str).collect();
    prices.sort_unstable();
    assert_eq!(prices, ["1.379", "1.549", "1.559", "1.579", "1.599", "null"]);
    assert!(heard.is_sorted_by_key(Event::position));
}

/// Too much for the buffers of a socket that is not read.
const STATIONS: u32 = 3_000;

#[test]
fn who_does_not_read_holds_up_nobody() {
    let place = Place::new();
    let mut slow = Listener::narrow(place.up.http(), "");
    let readers = [0, 1].map(|_| {
        let mut listener = Listener::new(place.up.http(), "");
        std::thread::spawn(move || listener.events(usize::try_from(STATIONS).expect("small")))
    });
    let (register, prices) = (place.file("register.csv", &register()), place.file("prices.csv", &prices()));
    let imported = run(&mut place.import(&["italy", &register, &prices]), "", ENOUGH * 4);
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    for reader in readers {
        let heard = reader.join().expect("a reader that hears all");
        let positions: Vec<_> = heard.iter().map(Event::position).collect();
        assert_eq!(positions, (1..=u64::from(STATIONS)).collect::<Vec<_>>());
    }
    // It hears the rest late, or was cut; but nothing is missing between without a word.
    slow.widen();
    let mut heard = 0;
    slow.until(|event| {
        let is_next = event.name == "price" && event.position() == heard + 1;
        assert!(is_next || event.name == "resync", "{event:?} after {heard}");
        heard = event.position();
        heard == u64::from(STATIONS)
    });
}

fn register() -> String {
    let mut text = "Estrazione del 2026-08-21\nidImpianto|Gestore|Bandiera|Tipo Impianto|Nome Impianto|Indirizzo|\
                    Comune|Provincia|Latitudine|Longitudine\n"
        .to_owned();
    for number in 1..=STATIONS {
        let (north, east) = (f64::from(number / 100).mul_add(0.005, 45.0), f64::from(number % 100).mul_add(0.01, 9.0));
        text += &format!("{number}|G|Eni|Stradale|Impianto {number}|Via {number}|MILANO|MI|{north:.6}|{east:.6}\n");
    }
    text
}

fn prices() -> String {
    let mut text = "Estrazione del 2026-08-21\nidImpianto|descCarburante|prezzo|isSelf|dtComu\n".to_owned();
    for number in 1..=STATIONS {
        text += &format!("{number}|Benzina|1.799|1|20/08/2024 07:30:00\n");
    }
    text
}
