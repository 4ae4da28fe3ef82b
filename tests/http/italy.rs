//! The real Italian register, imported and searched, beside a brute-force script over the files.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use posto_tests::http::get;
use posto_tests::process::{Serving, posto, python, run, shared};
use posto_tests::random::Random;
use serde_json::{Value, json};

#[test]
fn two_hundred_searches_equal_brute_force_over_the_real_files() {
    let Some((stations, prices)) =
        shared("italy/anagrafica_impianti_attivi.csv").zip(shared("italy/prezzo_alle_8.csv"))
    else {
        return;
    };
    let data = tempfile::tempdir().expect("a directory");
    let up = Serving::up(data.path(), &["--seed", "none"]);
    let import = || {
        let server = up.udp().to_string();
        let mut import = posto(["import", "italy", "--server", &server, "--stations"]);
        import.arg(&stations).arg("--prices").arg(&prices);
        let output = run(&mut import, "", Duration::from_secs(180));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        said
    };
    let started = Instant::now();
    let first = import();
    eprintln!("imported in {:?}\n{first}", started.elapsed());
    assert!(first.contains("21634  new stations"), "{first}");
    assert!(first.contains("48471  new or changed prices"), "{first}");
    let again = import();
    assert!(again.contains(" 0  new stations") && again.contains(" 0  new or changed prices"), "{again}");
    assert!(again.contains("48471  unchanged"), "{again}");

    let milan = get(up.http(), "/stations/cheapest?fuel=gasoline&radius=2&lat=45.4642&lon=9.19").json();
    assert_eq!((milan["id"].as_str(), milan["price"].to_string().as_str()), (Some("it-61154"), "1.979"));
    assert_eq!((milan["currency"].as_str(), milan["source"].as_str()), (Some("EUR"), Some("it")));
    assert!(milan["attribution"].as_str().is_some_and(|text| text.contains("MIMIT")));

    let mut brute_force = python("italy_brute_force.py");
    let mut script =
        brute_force.arg(stations).arg(prices).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("python3");
    let mut ask = script.stdin.take().expect("piped");
    let mut answers = BufReader::new(script.stdout.take().expect("piped")).lines();
    let mut random = Random::new(20_260_821);
    let mut found = 0;
    for _ in 0..200 {
        let query = query(&mut random);
        writeln!(ask, "{query}").expect("it reads");
        let expected: Value =
            serde_json::from_str(&answers.next().expect("an answer").expect("readable")).expect("JSON");
        found += u32::from(compare(&up, &query, &expected));
    }
    drop(ask);
    script.wait().expect("it ends");
    assert!(found > 80, "only {found} of 200 searches found anything: the test says too little");
}

/// Somewhere in Italy or the sea around it, any fuel, 0.5 to 60 km.
fn query(random: &mut Random) -> Value {
    let mut degrees = |low: i64, high: i64| {
        let micro = random.between(low, high);
        format!("{}{}.{:06}", if micro < 0 { "-" } else { "" }, micro.abs() / 1_000_000, micro.abs() % 1_000_000)
    };
    let (latitude, longitude) = (degrees(40_500_000, 46_000_000), degrees(8_000_000, 14_500_000));
    let fuel = ["gasoline", "diesel", "lpg", "cng"][usize::try_from(random.below(4)).expect("small")];
    let radius = f64::from(u32::try_from(random.between(5, 600)).expect("small")) / 10.0;
    let number = |text: String| text.parse::<f64>().expect("a number");
    json!({"fuel": fuel, "lat": number(latitude), "lon": number(longitude), "radius_km": radius})
}

/// Whether anything was found; fails where the two do not agree.
fn compare(up: &Serving, query: &Value, expected: &Value) -> bool {
    let target = format!(
        "/stations/cheapest?fuel={}&lat={}&lon={}&radius={}&max_age=all",
        query["fuel"].as_str().expect("a fuel"),
        query["lat"],
        query["lon"],
        query["radius_km"]
    );
    let answer = get(up.http(), &target);
    if expected.is_null() {
        assert_eq!(answer.status, 404, "{query}: {}", answer.text());
        return false;
    }
    let answer = answer.json();
    assert_eq!(answer["id"], expected["id"], "{query}: {answer} but {expected}");
    let thousandths = posto_market::Price::from_decimal(&answer["price"].to_string()).expect("a price").thousandths();
    assert_eq!(Some(u64::from(thousandths)), expected["price_thousandths"].as_u64(), "{query}");
    let metres = answer["distance_km"].as_f64().expect("a distance") * 1000.0;
    let exact = expected["distance_m"].as_f64().expect("a distance");
    assert!((metres - exact).abs() < 1.0, "{query}: {metres} m but {exact} m");
    true
}
