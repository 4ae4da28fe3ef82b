//! Every feed's own format, whole and damaged, through the command line.

use std::path::PathBuf;
use std::time::Duration;

use posto_tests::process::{posto, run};

use crate::support::{Place, gzip, italian_prices, italian_register, text};

/// Stations in each of the files.
const STATIONS: u64 = 40;

/// The files of a feed: what breaks is the first one.
struct Sample {
    feed: &'static str,
    files: Vec<Vec<u8>>,
    /// Prices in them.
    prices: u64,
}

#[test]
fn every_feed_is_imported_and_changes_nothing_the_second_time() {
    for sample in samples() {
        let place = Place::new();
        let imported = import(&place, &sample, &sample.files[0]).succeeded();
        let counts = (imported.count("new stations"), imported.count("new or changed prices"));
        assert_eq!(counts, (STATIONS, sample.prices), "{}: {}", sample.feed, imported.out);
        assert_eq!(place.holds(), counts, "{}", sample.feed);
        // Packed, it is the same.
        let again = import(&place, &sample, &gzip(&sample.files[0])).succeeded();
        for what in ["new stations", "changed stations", "new or changed prices", "ended prices"] {
            assert_eq!(again.count(what), 0, "{}: {what}: {}", sample.feed, again.out);
        }
    }
}

#[test]
fn a_file_that_ends_too_early_is_told_with_what_was_sent() {
    for sample in samples() {
        // A table that ends with a whole line is a shorter table, and nobody can know.
        let cuts = if sample.feed == "italy" || sample.feed == "germany" { &[][..] } else { &[2, 3][..] };
        for part in cuts {
            let place = Place::new();
            let whole = &sample.files[0];
            let failed = import(&place, &sample, &whole[..whole.len() * (part - 1) / part]);
            told_with_what_was_sent(&place, &sample, &failed);
        }
        let place = Place::new();
        let packed = gzip(&sample.files[0]);
        let failed = import(&place, &sample, &packed[..packed.len() - 6]);
        told_with_what_was_sent(&place, &sample, &failed);
    }
}

#[test]
fn what_is_another_file_altogether_is_refused_by_every_feed() {
    for sample in samples() {
        let page = b"<!DOCTYPE html>\n<html><body>Not found</body></html>\n".to_vec();
        let noise: Vec<u8> = (0..5000_u32).map(|byte| u8::try_from(byte * byte % 251).expect("a byte")).collect();
        let utf16: Vec<u8> = sample.files[0].iter().flat_map(|&byte| [byte, 0]).collect();
        for content in [page, noise, utf16, b"{}".to_vec(), b"[]".to_vec(), b"\n\n".to_vec(), Vec::new()] {
            let place = Place::new();
            let failed = import(&place, &sample, &content);
            let about = String::from_utf8_lossy(&content).chars().take(20).collect::<String>();
            assert_eq!(failed.code, Some(1), "{} {about:?}: {}{}", sample.feed, failed.out, failed.err);
            assert!(failed.err.ends_with("; nothing had been sent\n"), "{} {about:?}: {}", sample.feed, failed.err);
            assert_eq!((failed.err.lines().count(), place.holds()), (1, (0, 0)), "{} {about:?}", sample.feed);
        }
    }
}

#[test]
fn a_file_in_another_encoding_is_told() {
    let latin = |bytes: &[u8]| -> Vec<u8> {
        let text = String::from_utf8(bytes.to_vec()).expect("UTF-8");
        text.chars().map(|character| u8::try_from(u32::from(character)).expect("ISO-8859-1")).collect()
    };
    for sample in samples().into_iter().filter(|sample| ["spain", "osm"].contains(&sample.feed)) {
        let place = Place::new();
        let failed = import(&place, &sample, &latin(&sample.files[0]));
        told_with_what_was_sent(&place, &sample, &failed);
        assert!(
            ["not UTF-8", "invalid unicode"].iter().any(|told| failed.err.contains(told)),
            "{}: {}",
            sample.feed,
            failed.err
        );
    }
}

#[test]
fn what_posto_exports_it_imports_again() {
    let from = Place::with(&[]);
    for form in ["dados", "csv", "geojson"] {
        let output = run(posto(["export", form, "--data"]).arg(from.data()), "", Duration::from_secs(30));
        let place = Place::new();
        let file = place.file("export", &output.stdout);
        let imported = place.import(&[form, text(&file)]).succeeded();
        assert_eq!(imported.count("new or changed prices"), 9, "{form}: {}", imported.out);
        assert_eq!(place.holds(), (3, 9), "{form}");
    }
}

fn import(place: &Place, sample: &Sample, first: &[u8]) -> crate::support::Imported {
    let files: Vec<PathBuf> = std::iter::once(first)
        .chain(sample.files.iter().skip(1).map(Vec::as_slice))
        .zip(["first", "second"])
        .map(|(content, name)| place.file(name, content))
        .collect();
    let mut arguments = vec![sample.feed];
    arguments.extend(files.iter().map(|file| text(file)));
    place.import(&arguments)
}

fn told_with_what_was_sent(place: &Place, sample: &Sample, failed: &crate::support::Imported) {
    assert_eq!(failed.code, Some(1), "{}: {}{}", sample.feed, failed.out, failed.err);
    assert_eq!(failed.err.lines().count(), 1, "{}: {}", sample.feed, failed.err);
    let sent = match place.holds().0 {
        0 => "; nothing had been sent\n".to_owned(),
        1 => "; 1 station had been sent already\n".to_owned(),
        stations => format!("; {stations} stations had been sent already\n"),
    };
    assert!(failed.err.ends_with(&sent), "{}: {:?} but {sent:?}", sample.feed, failed.err);
}

fn samples() -> Vec<Sample> {
    let stations = u32::try_from(STATIONS).expect("few");
    let italy = vec![italian_register(stations).into_bytes(), italian_prices(stations, "1.899").into_bytes()];
    vec![
        Sample { feed: "italy", files: italy, prices: STATIONS },
        Sample { feed: "spain", files: vec![spain().into_bytes()], prices: STATIONS },
        Sample { feed: "germany", files: vec![german_register().into_bytes()], prices: 0 },
        Sample { feed: "france", files: vec![france()], prices: STATIONS },
        Sample {
            feed: "brazil",
            files: vec![brazilian_register().into_bytes(), survey().into_bytes()],
            prices: STATIONS,
        },
        Sample { feed: "osm", files: vec![osm().into_bytes()], prices: 0 },
        Sample { feed: "dados", files: vec![dados().into_bytes()], prices: STATIONS },
    ]
}

/// Something for each of the stations, and what stands between them.
fn each(between: &str, station: impl Fn(u64) -> String) -> String {
    (1..=STATIONS).map(station).collect::<Vec<_>>().join(between)
}

fn spain() -> String {
    let station = |number| {
        format!(
            "{{\"Dirección\": \"CALLE {number}\", \"Horario\": \"L-D: 24H\", \"Latitud\": \"41,5{number:02}\", \
             \"Longitud (WGS84)\": \"1,9{number:02}\", \"Municipio\": \"Abrera\", \"Precio Gasoleo A\": \"1,339\", \
             \"Precio Gasolina 95 E5\": \"\", \"Rótulo\": \"NIEVES\", \"Tipo Venta\": \"P\", \"IDEESS\": \"{number}\"}}"
        )
    };
    let stations = each(",\n", station);
    format!(
        "{{\"Fecha\": \"27/09/2024 18:05:47\", \"ListaEESSPrecio\": [\n{stations}\n], \"ResultadoConsulta\": \"OK\"}}"
    )
}

fn german_register() -> String {
    let station =
        |number| format!("00000000-0000-0000-0000-{number:012},A,ARAL,Weg,1,10115,Berlin,52.5{number:02},13.3\n");
    format!("uuid,name,brand,street,house_number,post_code,city,latitude,longitude\n{}", each("", station))
}

fn france() -> Vec<u8> {
    let station = |number| {
        format!(
            "<pdv id=\"{number}\" latitude=\"4870{number:02}0\" longitude=\"212800\" cp=\"91190\" pop=\"R\">\n\
             <adresse>RUE DE L'ÉTÉ</adresse><ville>Gif</ville>\n\
             <prix nom=\"Gazole\" id=\"1\" maj=\"2024-04-01T06:01:00\" valeur=\"1.709\"/>\n</pdv>\n"
        )
    };
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\" standalone=\"yes\"?>\n<pdv_liste>\n{}</pdv_liste>\n",
        each("", station)
    );
    text.chars().map(|character| u8::try_from(u32::from(character)).expect("ISO-8859-1")).collect()
}

fn brazilian_register() -> String {
    let station = |number| {
        format!(
            "{{\"codigoSIMP\": \"{number}\", \"razaoSocial\": \"POSTO {number} LTDA\", \"cnpj\": \"{number:014}\", \
             \"municipio\": \"DOURADOS\", \"uf\": \"MS\", \"distribuidora\": \"IPIRANGA\", \"produtos\": [], \
             \"latitude\": \"-22.2{number:02}\", \"longitude\": \"-54.7\"}}"
        )
    };
    format!("{{\"status\": 200, \"data\": [\n{}\n]}}", each(",\n", station))
}

fn survey() -> String {
    let heading = "Regiao - Sigla;Estado - Sigla;Municipio;Revenda;CNPJ da Revenda;Nome da Rua;Numero Rua;Complemento;\
                   Bairro;Cep;Produto;Data da Coleta;Valor de Venda;Valor de Compra;Unidade de Medida;Bandeira";
    let row = |number| {
        let cnpj = format!("{number:014}");
        format!(
            "CO;MS;DOURADOS;POSTO {number} LTDA; {}.{}.{}/{}-{};RUA A;1;;CENTRO;79800-000;GASOLINA;20/08/2024;5,89;;R$ / litro;IPIRANGA",
            &cnpj[..2],
            &cnpj[2..5],
            &cnpj[5..8],
            &cnpj[8..12],
            &cnpj[12..]
        )
    };
    format!("\u{feff}{heading}\r\n{}\r\n", each("\r\n", row))
}

fn osm() -> String {
    let node = |number| {
        format!(
            "<node id=\"{number}\" lat=\"46.1{number:02}\" lon=\"13.2\"><tag k=\"amenity\" v=\"fuel\"/>\
             <tag k=\"name\" v=\"Ètoile {number}\"/></node>\n"
        )
    };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<osm version=\"0.6\">\n{}</osm>\n", each("", node))
}

fn dados() -> String {
    let record = |number| {
        format!("{{\"tipoCombustivel\": \"2\", \"valor\": 5899, \"coordenadas\": \"(-22.2{number:02};-54.8)\"}}")
    };
    format!("[\n{}\n]\n", each(",\n", record))
}
