//! Where the types of problems lead, and the conditions behind each 5xx of the API's table.

use axum::body::Body;
use axum::http::Request;
use posto_wire::{Command, ErrorCode};
use serde_json::Value;

use crate::support::{Answered, Gateway, Script, friendly, refuse};

const CHEAPEST: &str = "/stations/cheapest?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653";

async fn page(gateway: &Gateway, path: &str, language: &str) -> Answered {
    let accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let request = Request::get(path).header("accept", accept).header("accept-language", language);
    gateway.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn the_type_of_a_problem_is_an_address_that_explains_it() {
    let gateway = Gateway::before(friendly);
    let problem = gateway.get("/stations/cheapest?radius=x").await.problem(400, "unreadable-request");
    let address = problem["type"].as_str().unwrap().to_owned();
    let told = gateway.get(&address).await;
    assert_eq!((told.status.as_u16(), told.header("content-type")), (200, "application/json"));
    let told = told.json();
    assert_eq!(
        (&told["type"], &told["code"], &told["status"]),
        (&problem["type"], &problem["code"], &problem["status"])
    );
    assert_eq!(told["title"], problem["title"]);
    for text in [&told["meaning"], &told["remedy"]] {
        assert!(text["pt"].as_str().unwrap().len() > 20 && text["en"].as_str().unwrap().len() > 20);
    }
}

#[tokio::test]
async fn every_problem_has_a_page_in_two_languages() {
    let gateway = Gateway::before(friendly);
    let every = gateway.get("/problems").await.json();
    let problems = every["problems"].as_array().unwrap().clone();
    assert!(problems.len() >= 25);
    let statuses: Vec<_> = problems.iter().map(|problem| problem["status"].as_u64().unwrap()).collect();
    assert!(statuses.is_sorted());
    let text = |problem: &Value, member: &str, language: &str| problem[member][language].as_str().unwrap().to_owned();
    for problem in &problems {
        let address = problem["type"].as_str().unwrap();
        assert_eq!(&gateway.get(address).await.json(), problem);
        for (wishes, language) in [("pt-BR,pt;q=0.9,en;q=0.8", "pt"), ("en-GB", "en"), ("de", "en")] {
            let page = page(&gateway, address, wishes).await;
            assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
            assert_eq!(page.header("content-language"), language);
            assert!(page.text().contains(&format!("<html lang=\"{language}\">")));
            assert!(page.text().contains(&text(problem, "meaning", language)), "{}", page.text());
            assert!(page.text().contains(&text(problem, "remedy", language)));
        }
    }
    let whole = page(&gateway, "/problems", "pt").await;
    assert!(problems.iter().all(|problem| whole.text().contains(&text(problem, "meaning", "pt"))));
    let vary: Vec<_> = whole.headers.get_all("vary").iter().filter_map(|vary| vary.to_str().ok()).collect();
    assert!(vary.join(",").contains("accept-language"), "{vary:?}");
}

#[tokio::test]
async fn a_problem_that_there_is_not_is_unknown() {
    let gateway = Gateway::before(friendly);
    for path in ["/problems/nothing", "/problems/BUSY", "/problems/%FF", "/problems/"] {
        gateway.get(path).await.problem(404, "unknown-route");
    }
    assert_eq!(gateway.get("/problems?x=1").await.faults(400, "unreadable-request")[0].0, "x");
    let image = Request::get("/problems/busy").header("accept", "image/png").body(Body::empty()).unwrap();
    gateway.send(image).await.problem(406, "not-acceptable");
}

#[tokio::test]
async fn what_the_server_cannot_do_or_say_is_501_and_502() {
    let cases: [(Script, u16, &str); 6] = [
        (|_| refuse(ErrorCode::AcaoDesconhecida), 501, "not-supported-by-server"),
        (|_| refuse(ErrorCode::RespostaGrande), 502, "unreadable-answer"),
        (|_| refuse(ErrorCode::Outro), 502, "unreadable-answer"),
        (|_| Some(posto_wire::Value::from("nonsense")), 502, "unreadable-answer"),
        (|_| refuse(ErrorCode::Ocupado), 503, "busy"),
        (|_| refuse(ErrorCode::DiarioParado), 503, "server-stopped"),
    ];
    for (script, status, code) in cases {
        for path in [CHEAPEST, "/stations/it-1", "/time"] {
            Gateway::before(script).get(path).await.problem(status, code);
        }
        let body = r#"{"fuel": "diesel", "price": 5, "lat": 0, "lon": 0}"#;
        Gateway::before(script).post(body).await.problem(status, code);
    }
}

#[tokio::test]
async fn a_fuel_that_the_gateway_does_not_know_is_502() {
    let gateway = Gateway::before(|command| {
        let mut found = crate::support::station_price();
        found.price.fuel = 99;
        matches!(command, Command::Cheapest(_) | Command::List(_))
            .then(|| posto_wire::answer::ok(&posto_wire::answer::Stations { stations: vec![found], next: None }))
    });
    gateway.get(CHEAPEST).await.problem(502, "unreadable-answer");
}

#[tokio::test]
async fn a_report_without_an_answer_in_time_is_504_and_says_that_it_may_count() {
    let body = r#"{"fuel": "diesel", "price": 5, "lat": 0, "lon": 0}"#;
    let request = Request::post("/stations").header("content-type", "application/json").header("x-deadline-ms", "120");
    let answered = Gateway::before(|_| None).send(request.body(Body::from(body)).unwrap()).await;
    let problem = answered.problem(504, "no-answer-in-time");
    assert!(problem["detail"].as_str().unwrap().contains("may have been recorded"), "{problem}");
}
