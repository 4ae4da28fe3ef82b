//! Our gateway in front of an original server: what it can do works, the rest is 501, and nothing
//! that could kill it is ever sent.

use posto_tests::http::{get, post};
use posto_tests::process::Serving;

use super::peers::PythonServer;

#[test]
fn the_gateway_asks_an_original_server_only_what_it_knows() {
    let server = PythonServer::start();
    let gateway = Serving::gateway(server.serving.udp());
    let http = gateway.http();

    let cheapest = get(http, "/stations/cheapest?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653");
    assert_eq!(cheapest.status, 200, "{}", cheapest.text());
    assert_eq!(cheapest.json()["price"].to_string(), "3.999");
    assert_eq!(cheapest.json()["currency"], "BRL");

    let body = r#"{"fuel": "gasoline", "price": 3.5, "lat": -22.2175, "lon": -54.7653}"#;
    let reported = post(http, "/stations", "", body);
    assert_eq!(reported.status, 201, "{}", reported.text());
    let cheapest = get(http, "/stations/cheapest?fuel=2&radius=5&lat=-22.2175&lon=-54.7653");
    assert_eq!(cheapest.json()["price"].to_string(), "3.5");
    assert_eq!(get(http, "/stations/cheapest?fuel=gasoline&radius=5&lat=0&lon=0").status, 404);

    for unknown in [
        "/stations?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653",
        "/stations/6u119dk9y0t4",
        "/stations/6u119dk9y0t4/prices",
        "/statistics?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653",
        "/map?fuel=gasoline&bbox=-55,-23,-54,-22&zoom=10",
        "/time",
        "/stations/cheapest?fuel=lpg&radius=5&lat=-22.2175&lon=-54.7653",
        "/stations/cheapest?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653&rank=trip",
        "/stations/cheapest?fuel=gasoline&radius=5&lat=-22.2175&lon=-54.7653&max_age=8d",
    ] {
        let answer = get(http, unknown);
        assert_eq!(answer.status, 501, "{unknown}: {}", answer.text());
        assert_eq!(answer.json()["code"], "not-supported-by-server");
    }
    for answered in ["/fuels", "/healthz", "/readyz", "/openapi.json", "/"] {
        assert_eq!(get(http, answered).status, 200, "{answered}");
    }
    server.assert_only_whole_commands(4);
}
