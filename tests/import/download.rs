//! Files fetched from a web server of the test's own, in place of the feed's address.

use crate::support::{Place, WebServer, answer, gzip, italian_prices, italian_register};

#[test]
fn a_feed_is_fetched_once_and_then_only_where_it_changed() {
    let place = Place::new();
    let stations = WebServer::start(vec![
        answer("200 OK", "etag: \"s1\"\r\n", italian_register(30).as_bytes()),
        answer("304 Not Modified", "", b""),
    ]);
    let since = "last-modified: Fri, 21 Aug 2026 06:00:00 GMT\r\n";
    let prices = WebServer::start(vec![
        answer("500 Internal Server Error", "", b"sorry"),
        answer("200 OK", since, italian_prices(30, "1.899").as_bytes()),
        answer("304 Not Modified", "", b""),
        answer("200 OK", "", italian_prices(29, "1.799").replace("20/08/2024", "21/08/2024").as_bytes()),
    ]);
    let fetch = || place.import(&["italy", "--url", &stations.address, "--url", &prices.address]).succeeded();

    let first = fetch();
    assert_eq!((first.count("new stations"), first.count("new or changed prices")), (30, 30), "{}", first.out);
    let again = fetch();
    assert!(again.out.contains("unchanged since the last import"), "{}", again.out);
    // One of the two files is newer: both are read.
    let third = fetch();
    assert_eq!((third.count("stations read"), third.count("new or changed prices")), (30, 29), "{}", third.out);

    assert!(stations.asked()[0].contains("user-agent: posto/"));
    assert!(stations.asked()[1..].iter().all(|asked| asked.contains("if-none-match: \"s1\"")));
    assert_eq!(prices.asked().len(), 4, "the failure was asked again");
    assert!(prices.asked()[2].contains("if-modified-since: fri, 21 aug 2026 06:00:00 gmt"));
}

#[test]
fn a_new_book_is_given_what_another_one_has_had() {
    let (one, other) = (Place::new(), Place::new());
    let server =
        WebServer::start(vec![answer("200 OK", "etag: \"1\"\r\n", DADOS), answer("304 Not Modified", "", b"")]);
    let ask = ["dados", "--url", &server.address];
    for (place, new) in [(&one, 1), (&one, 0), (&other, 1)] {
        // Both through the one cache.
        let imported = place.import_through(&one, &ask).succeeded();
        assert_eq!(imported.count("new stations"), new, "{}", imported.out);
    }
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn what_was_fetched_only_in_part_is_not_imported() {
    let place = Place::new();
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n[".to_vec();
    let server = WebServer::start(vec![half]);
    let failed = place.import(&["dados", "--url", &server.address]);
    failed.failed_with("broken off after 1 bytes");
    assert!(failed.err.contains("(4 attempts)"), "{}", failed.err);
    assert_eq!((place.holds(), server.asked().len()), ((0, 0), 4));
}

#[test]
fn a_packed_answer_and_a_redirection_are_understood() {
    let place = Place::new();
    let target = WebServer::start(vec![answer("200 OK", "content-encoding: gzip\r\n", &gzip(DADOS))]);
    let moved = format!("location: {}/elsewhere\r\n", target.address);
    let server = WebServer::start(vec![answer("301 Moved Permanently", &moved, b"")]);
    let imported = place.import(&["dados", "--url", &server.address]).succeeded();
    assert_eq!(imported.count("new or changed prices"), 1, "{}", imported.out);
    assert!(target.asked()[0].starts_with("get /elsewhere"), "{:?}", target.asked());
}

#[test]
fn an_error_page_is_no_feed() {
    let place = Place::new();
    let server = WebServer::start(vec![answer("200 OK", "", b"<html>Sorry</html>")]);
    let failed = place.import(&["dados", "--url", &server.address]);
    failed.failed_with("line 1:1: not JSON; nothing had been sent");
    let gone = WebServer::start(vec![answer("404 Not Found", "", b"")]);
    place.import(&["dados", "--url", &gone.address]).failed_with("the server answered 404 Not Found (1 attempt)");
    place.import(&["dados", "--download"]).failed_with("dados has no address that serves everyone: give it with --url");
    assert_eq!(gone.asked().len(), 1);
}

#[test]
fn a_register_in_pages_is_fetched_to_its_end() {
    let place = Place::new();
    let retailer = |number| {
        format!(
            r#"{{"codigoSIMP": "{number}", "cnpj": "{number:014}", "latitude": "-22.2{number:02}", "longitude": "-54.7"}}"#
        )
    };
    let page = |numbers: std::ops::Range<u32>| {
        let retailers = numbers.map(retailer).collect::<Vec<_>>().join(",");
        answer("200 OK", "", format!(r#"{{"status": 200, "data": [{retailers}]}}"#).as_bytes())
    };
    let prices = (1..=5).map(|number| {
        let cnpj = format!("{number:014}");
        let (start, branch) = cnpj.split_at(8);
        format!("CO;MS;DOURADOS;P{number}; {start}/{branch};RUA A;1;;CENTRO;79800-000;GASOLINA;20/08/2024;5,89;;R$ / litro;A\r\n")
    });
    let survey = place.file("survey.csv", format!("{SURVEY}\r\n{}", prices.collect::<String>()));
    let survey = survey.to_str().expect("UTF-8");

    let ended = WebServer::start(vec![page(1..3), page(3..5), page(5..6), page(0..0)]);
    let url = format!("{}/register?page={{page}}", ended.address);
    let imported = place.import(&["brazil", survey, "--url", &url]).succeeded();
    assert_eq!(imported.count("new stations"), 5, "{}", imported.out);
    let pages: Vec<_> = ended.asked().iter().map(|asked| asked.lines().next().unwrap_or_default().to_owned()).collect();
    let expected: Vec<_> = (1..=4).map(|page| format!("get /register?page={page} http/1.1")).collect();
    assert_eq!(pages, expected);

    // One that knows of no pages says the same again and again; half a page is told, not skipped.
    let same = WebServer::start(vec![page(1..6)]);
    let imported = place.import(&["brazil", survey, "--url", &format!("{}/{{page}}", same.address)]).succeeded();
    assert_eq!((imported.count("stations read"), same.asked().len()), (5, 2), "{}", imported.out);
    let broken = WebServer::start(vec![page(1..3), answer("200 OK", "", b"<html>Sorry</html>"), page(0..0)]);
    place
        .import(&["brazil", survey, "--url", &format!("{}/{{page}}", broken.address)])
        .failed_with("found <html>; nothing had been sent");
    let other = place.import(&["dados", "--url", &format!("{}/{{page}}", same.address)]);
    other.failed_with("{page}: this feed does not come in pages");
}

const SURVEY: &str = "Regiao - Sigla;Estado - Sigla;Municipio;Revenda;CNPJ da Revenda;Nome da Rua;Numero Rua;Complemento;\
    Bairro;Cep;Produto;Data da Coleta;Valor de Venda;Valor de Compra;Unidade de Medida;Bandeira";

const DADOS: &[u8] = br#"[{"tipoCombustivel": "2", "valor": 5899, "coordenadas": "(-22.2;-54.8)"}]"#;
