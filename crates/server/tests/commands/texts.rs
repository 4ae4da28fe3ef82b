//! The texts of v1, to the letter (PROTOCOL §4.3 to §4.5).

use posto_market::{Currency, Fuel};

use crate::support::{Serving, at, record};

const FUELS: &str = "0 (diesel), 1 (álcool), 2 (gasolina), 3 (gasolina aditivada), 4 (diesel S-10 premium), 5 (GLP), \
                     6 (GNV), 7 (E85), 8 (gasolina E10)";

fn d(fuel: u8, coordinates: &str, price: u32) -> String {
    format!(r#"{{"acao": "D", "tipoCombustivel": "{fuel}", "coordenadas": "{coordinates}", "valor": {price}}}"#)
}

fn p(fuel: u8, coordinates: &str, radius: f64) -> String {
    format!(r#"{{"acao": "P", "tipoCombustivel": "{fuel}", "coordenadas": "{coordinates}", "raio": {radius}}}"#)
}

#[tokio::test]
async fn a_report_is_found_with_its_coordinates_as_they_were_written() {
    let serving = Serving::start();
    let mut peer = serving.peer().await;
    for (fuel, name) in [(0, "diesel"), (1, "álcool"), (2, "gasolina")] {
        assert_eq!(peer.told(&d(fuel, "( -22.2236650 ; -54.771388 )", 4999)).await, "Dados gravados");
        let expected = format!("Tipo combustível: {name}\nPreço: R$ 4.999\ncoordenadas: ( -22.2236650 ; -54.771388 )");
        assert_eq!(peer.told(&p(fuel, "(-22.22;-54.77)", 5.0)).await, expected);
    }
    assert_eq!(
        peer.ask(&p(2, "(-22.22;-54.77)", 5.0)).await,
        r#""Tipo combust\u00edvel: gasolina\nPre\u00e7o: R$ 4.999\ncoordenadas: ( -22.2236650 ; -54.771388 )""#
    );
}

#[tokio::test]
async fn an_empty_book_is_told_from_an_empty_radius() {
    let serving = Serving::start();
    let mut peer = serving.peer().await;
    assert_eq!(peer.told(&p(2, "(1;1)", 5.0)).await, "Nenhum valor encontrado!");
    peer.told(&d(2, "(10;10)", 4999)).await;
    let nothing = "Nenhuma posto encontrado para esses parâmetros.";
    assert_eq!(peer.told(&p(2, "(1;1)", 5.0)).await, nothing);
    assert_eq!(peer.told(&p(1, "(10;10)", 5.0)).await, nothing, "there is no ethanol there");
}

#[tokio::test]
async fn the_latest_report_replaces_the_price() {
    let serving = Serving::start();
    let mut peer = serving.peer().await;
    for price in [4999, 3999, 5999] {
        peer.told(&d(2, "(1;1)", price)).await;
    }
    assert!(peer.told(&p(2, "(1;1)", 1.0)).await.contains("\nPreço: R$ 5.999\n"));
}

#[tokio::test]
async fn the_lowest_price_wins_then_the_nearest_then_the_smallest_id() {
    let serving = Serving::start();
    for (name, latitude, price) in
        [("it-4", 1.001, 1500), ("it-3", 1.002, 1400), ("it-2", 1.003, 1400), ("it-1", 1.004, 1300)]
    {
        serving.put(record(name, at(latitude, 1.0), price));
    }
    let mut peer = serving.peer().await;
    assert!(peer.told(&p(2, "(1;1)", 0.4)).await.ends_with("Preço: € 1.400\ncoordenadas: (1.002000;1.000000)"));
    assert!(peer.told(&p(2, "(1;1)", 5.0)).await.ends_with("Preço: € 1.300\ncoordenadas: (1.004000;1.000000)"));
    let mut twin = record("it-0", at(1.004, 1.0), 1300);
    twin.prices[0].quote.coordinates = Some("(1.004;1)".into());
    serving.put(twin);
    assert!(peer.told(&p(2, "(1;1)", 5.0)).await.ends_with("coordenadas: (1.004;1)"), "it-0 is as near");
}

#[tokio::test]
async fn prices_of_any_age_and_currency_are_told() {
    let serving = Serving::start();
    let mut record = record("us-1", at(1.0, 1.0), 1500);
    record.prices[0].fuel = Fuel::E85;
    record.prices[0].quote.currency = Currency::from_code("USD").unwrap();
    record.prices[0].quote.reported_at = None;
    serving.put(record);
    let text = serving.peer().await.told(&p(7, "(1;1)", 1.0)).await;
    assert_eq!(text, "Tipo combustível: E85\nPreço: USD 1.500\ncoordenadas: (1.000000;1.000000)");
}

#[tokio::test]
async fn each_mistake_is_told_in_its_own_words() {
    let radius = "Parâmetro raio inválido. Permitido: número de quilômetros maior que 0";
    let price = "Parâmetro valor inválido. Permitido: inteiro de 1 a 999999 (milésimos da moeda)";
    let fuel = format!("Parâmetro tipoCombustivel inválido. Permitido: {FUELS}");
    let unknown = |action: &str| format!("Ação não conhecida: {action}\n");
    let mistakes = [
        (r#"{"acao": null, "x": 1}"#.to_owned(), "O parâmetro acao não pode ser vazio".to_owned()),
        (r#"{"acao": "D"}"#.to_owned(), "O parâmetro tipoCombustivel não pode ser vazio".to_owned()),
        (d(2, "", 0), "O parâmetro coordenadas não pode ser vazio".to_owned()),
        (d(2, "(1)", 0), "Parâmetro de coordenadas inválido".to_owned()),
        (d(9, "(1)", 0), fuel.clone()),
        (d(2, "(91;0)", 1), "Parâmetro coordenadas inválido. Permitido: latitude de -90 a 90".to_owned()),
        (d(2, "(0;181)", 1), "Parâmetro coordenadas inválido. Permitido: longitude de -180 a 180".to_owned()),
        (d(2, "(1;1)", 0), price.to_owned()),
        (d(2, "(1;1)", 1_000_000), price.to_owned()),
        (p(2, "(1;1)", 0.0), radius.to_owned()),
        (p(2, "(1;1)", -1.0), radius.to_owned()),
        (p(2, "(1;1)", 5.0).replace("\"2\"", "\"02\""), fuel),
        (r#"{"acao": "Q"}"#.to_owned(), unknown("q")),
        (format!(r#"{{"acao": "{}"}}"#, "Ç".repeat(40)), unknown(&"ç".repeat(32))),
        (r#"{"acao": "L", "tipoCombustivel": "2", "coordenadas": "(1;1)", "raio": 5}"#.to_owned(), unknown("l")),
        (r#"{"acao": "S", "posto": "it-1"}"#.to_owned(), unknown("s")),
        (r#"{"acao": "T"}"#.to_owned(), unknown("t")),
        (r#"{"acao": "I", "id": "it-1"}"#.to_owned(), unknown("i")),
        (r#"{"acao": "T", "formato": "xml"}"#.to_owned(), "Parâmetro formato inválido. Permitido: json".to_owned()),
        (r#""olá""#.to_owned(), unknown("olá")),
    ];
    let serving = Serving::start();
    let mut peer = serving.peer().await;
    for (command, text) in mistakes {
        assert_eq!(peer.told(&command).await, text, "{command}");
    }
    assert_eq!(serving.journal.book().counts().prices, 0, "none of it was stored");
}

#[tokio::test]
async fn either_case_and_any_spelling_of_a_number_is_taken() {
    let serving = Serving::start();
    let mut peer = serving.peer().await;
    let command = r#"{"acao": "d", "tipoCombustivel": 2, "coordenadas": "(1;1)", "valor": 4999.0, "cor": "azul"}"#;
    assert_eq!(peer.told(command).await, "Dados gravados");
    let command = r#"{"acao": "p", "tipoCombustivel": 2.0, "coordenadas": "(1e0;1)", "raio": 30000}"#;
    assert!(peer.told(command).await.contains("4.999"));
}
