//! Lists and stations that one answer does not hold (PROTOCOL §7.13).

use posto_market::{Area, BoundingBox, Circle, Fuel, ImportedPrice, Label, Query, Rank, Timestamp, TripCost};
use posto_wire::{Search, Value};

use crate::support::{NOW, Serving, at, id, quote, record, soon};

fn around_one(rank: Rank) -> Search {
    let circle = Circle::new(at(1.0, 1.0), 100.0).expect("a circle");
    Search { rank, limit: 200, ..Search::new(Fuel::Gasoline, Area::Circle(circle)) }
}

/// Stations in a row, a third of them at each price, some of them at one place.
fn with_stations(count: u32) -> Serving {
    let serving = Serving::start();
    for number in 0..count {
        let longitude = 1.0 + f64::from(number / 2) * 0.001;
        serving.put(record(&format!("it-{number}"), at(1.0, longitude), 1500 + number % 3));
    }
    serving
}

#[tokio::test]
async fn the_parts_of_a_list_make_up_what_one_search_finds() {
    let serving = with_stations(45);
    let client = serving.client().await;
    let bounds = BoundingBox::new(at(0.9, 0.9), at(1.1, 1.02)).unwrap();
    let searches = [
        around_one(Rank::Price),
        around_one(Rank::Distance),
        around_one(Rank::Trip(TripCost::DEFAULT)),
        Search { area: Area::Box { bounds, centre: None }, ..around_one(Rank::Price) },
    ];
    for search in searches {
        let Search { fuel, area, freshness, rank, currency, brand, open, pareto, suspects, limit, after, .. } =
            search.clone();
        let now = Timestamp::from_millis(NOW);
        let query = Query { fuel, area, freshness, now, rank, currency, brand, open, pareto, suspects, limit, after };
        let found = serving.journal.book().search(&query);
        let expected: Vec<_> = found.iter().map(|found| found.station.id.to_string()).collect();
        assert!(expected.len() > 40, "{rank:?}");
        let page = soon(client.list(search)).await.unwrap();
        let listed: Vec<_> = page.stations.into_iter().map(|station| station.station.id).collect();
        assert_eq!((listed, page.next), (expected, None), "{rank:?}");
    }
}

#[tokio::test]
async fn a_list_goes_on_where_the_limit_ended_it() {
    let serving = with_stations(45);
    let client = serving.client().await;
    let whole = soon(client.list(around_one(Rank::Price))).await.unwrap().stations;
    let first = soon(client.list(Search { limit: 10, ..around_one(Rank::Price) })).await.unwrap();
    let after = posto_wire::command::read_cursor(&first.next.unwrap());
    assert!(after.is_some());
    let rest = soon(client.list(Search { after, ..around_one(Rank::Price) })).await.unwrap();
    assert_eq!([first.stations, rest.stations].concat(), whole);
}

#[tokio::test]
async fn a_list_of_exactly_what_there_is_has_no_continuation() {
    let serving = with_stations(4);
    let client = serving.client().await;
    let page = soon(client.list(Search { limit: 4, ..around_one(Rank::Price) })).await.unwrap();
    assert_eq!((page.stations.len(), page.next), (4, None));
    let page = soon(client.list(Search { limit: 3, ..around_one(Rank::Price) })).await.unwrap();
    assert!(page.stations.len() == 3 && page.next.is_some());
}

#[tokio::test]
async fn a_station_of_nine_fuels_and_long_names_comes_in_parts() {
    let serving = Serving::start();
    let mut known = record("it-1", at(1.0, 1.0), 1500);
    let name = Label::new("Distribuidora de combustíveis São João da Boa Vista, loja de conveniência e lavagem");
    known.station.name = name.clone();
    known.station.brand = name.clone();
    known.station.address = name.clone();
    known.prices =
        Fuel::ALL.into_iter().map(|fuel| ImportedPrice { fuel, quote: quote(1500 + u32::from(fuel.code())) }).collect();
    serving.put(known);
    let mut peer = serving.peer().await;
    let first = peer.asked(r#"{"acao": "S", "posto": "it-1", "formato": "json"}"#).await;
    let ok = first.as_object().and_then(|answer| answer.get("ok")).and_then(Value::as_object).unwrap();
    let next = ok.get("proximo").and_then(Value::as_text).unwrap();
    assert!((0..8).contains(&next.parse::<u8>().unwrap()));
    let detail = soon(serving.client().await.station(id("it-1"))).await.unwrap();
    let fuels: Vec<_> = detail.prices.iter().map(|price| (price.fuel, price.price)).collect();
    assert_eq!(fuels, (0..9).map(|code| (code, 1500 + u32::from(code))).collect::<Vec<_>>());
    assert_eq!(detail.station.name.as_deref(), name.as_ref().map(Label::as_str), "nothing had to be cut");
}

#[tokio::test]
async fn a_suspect_price_is_kept_and_marked_and_wins_only_where_it_is_asked_for() {
    let serving = Serving::start();
    for number in 0..12 {
        serving.put(record(&format!("it-{number}"), at(1.0, 1.0), 1500 + number));
    }
    serving.put(record("it-wrong", at(1.0, 1.0), 150));
    let client = serving.client().await;
    let search = around_one(Rank::Price);
    let best = soon(client.cheapest(search.clone())).await.unwrap().unwrap();
    assert_eq!((best.station.id.as_str(), best.price.suspect), ("it-0", false));
    assert_eq!(soon(client.list(search.clone())).await.unwrap().stations.len(), 12);
    let all = Search { suspects: true, ..search };
    let best = soon(client.cheapest(all.clone())).await.unwrap().unwrap();
    assert_eq!((best.station.id.as_str(), best.price.suspect), ("it-wrong", true));
    assert_eq!(soon(client.list(all)).await.unwrap().stations.len(), 13);
    for (station, suspect) in [("it-wrong", true), ("it-3", false)] {
        let detail = soon(client.station(id(station))).await.unwrap();
        assert_eq!((detail.prices.len(), detail.prices[0].suspect), (1, suspect), "{station}");
    }
}
