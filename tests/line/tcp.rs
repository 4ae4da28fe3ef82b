//! What the TCP line answers, asked with `nc` where that is installed.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use posto_tests::process::{Serving, posto, run};
use serde_json::Value;

use crate::{DOURADOS, connect, heard, say};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn words_and_json_are_answered_in_kind_and_in_order() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve_lines(data.path(), &[]);
    let lines =
        format!("P 2 5 {DOURADOS}\n\n{{\"acao\": \"T\"}}\r\nD 2 3500 {DOURADOS}\nP 2 5 {DOURADOS}\nP 2 5\nsair\n");
    let said = say(server.tcp(), lines.as_bytes());
    let said: Vec<_> = said.lines().collect();
    assert_eq!(
        &said[..4],
        ["Tipo combustível: gasolina", "Preço: R$ 3.999", "coordenadas: (-22.223665;-54.771388)", ""]
    );
    let time: Value = serde_json::from_str(said[4]).expect("one line of JSON");
    assert!(time["ok"]["postos"].is_u64(), "{time}");
    assert_eq!(
        &said[5..],
        [
            "Dados gravados",
            "",
            "Tipo combustível: gasolina",
            "Preço: R$ 3.500",
            "coordenadas: (-22.2175;-54.7653)",
            "",
            "Numero inválido de parâmetros",
            "",
            "Conexão encerrada.",
        ]
    );
}

#[test]
fn byte_by_byte_is_as_good_as_at_once() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve_lines(data.path(), &[]);
    let lines = format!("P 2 5 {DOURADOS}\n{{\"acao\": \"Q\"}}\nsair\n");
    let at_once = say(server.tcp(), lines.as_bytes());
    let mut stream = connect(server.tcp());
    for byte in lines.as_bytes() {
        stream.write_all(&[*byte]).expect("it reads");
        std::thread::yield_now();
    }
    assert_eq!(heard(&mut stream), at_once);
}

/// Each of them has its own state: its own fuel, its own half-written line.
#[test]
fn a_hundred_ncs_at_once_are_each_answered() {
    if Command::new("nc").arg("-h").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        return eprintln!("SKIPPED: nc is not here");
    }
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve_lines(data.path(), &[]);
    let (host, port) = (server.tcp().ip().to_string(), server.tcp().port().to_string());
    let nc = |_| {
        let mut nc = Command::new("nc");
        nc.args(["-w", "30", &host, &port]).stdin(Stdio::piped()).stdout(Stdio::piped());
        nc.spawn().expect("nc starts")
    };
    let mut all: Vec<Child> = (0..100).map(nc).collect();
    // All are connected, with half a line said, before any says the rest.
    for (number, nc) in all.iter_mut().enumerate() {
        let stdin = nc.stdin.as_mut().expect("piped");
        stdin.write_all(format!("D {} {} {}", number % 3, 1000 + number, number).as_bytes()).expect("it reads");
    }
    for (number, nc) in all.iter_mut().enumerate() {
        let stdin = nc.stdin.as_mut().expect("piped");
        stdin.write_all(format!(".5 10\nP {} 1 {number}.5 10\nsair\n", number % 3).as_bytes()).expect("it reads");
    }
    for (number, nc) in all.into_iter().enumerate() {
        let output = nc.wait_with_output().expect("nc ends");
        let said = String::from_utf8(output.stdout).expect("UTF-8");
        // Far from Brazil there is no price to go by, so the currency is the server's own.
        let price = format!("Preço: R$ 1.{number:03}\ncoordenadas: ({number}.5;10)\n\nConexão encerrada.\n");
        if number < 90 {
            assert!(said.starts_with("Dados gravados\n\n") && said.ends_with(&price), "{number}: {said}");
        } else {
            assert!(said.starts_with("A latitude vai de -90 a 90\n\n"), "{number}: {said}");
        }
    }
}

#[test]
fn a_report_with_an_id_counts_once_by_whichever_way_it_comes() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve_lines(data.path(), &["--seed", "none"]);
    let report = r#"{"acao": "D", "tipoCombustivel": "2", "coordenadas": "(1.000000;1.000000)", "valor": 4999, "raio_m": 50, "id": "once-1"}"#;
    let first = say(server.tcp(), format!("{report}\n{report}\n").as_bytes());
    let answers: Vec<_> = first.lines().collect();
    assert!(answers.len() == 2 && answers[0].starts_with(r#"{"ok": "#), "{first}");
    assert_eq!(answers[0], answers[1], "the first answer again");
    let udp = server.udp().to_string();
    let mut again = posto(["report", "gasoline", "4.999", "1", "1", "--id", "once-1", "--json", "--server", &udp]);
    let output = run(&mut again, "", PATIENCE);
    assert!(output.status.success(), "{output:?}");
    let station: Value = serde_json::from_str(answers[0]).expect("JSON");
    let station = station["ok"]["posto"].as_str().expect("a station").to_owned();
    let history = run(&mut posto(["history", &station, "--json", "--server", &udp]), "", PATIENCE);
    let history = String::from_utf8_lossy(&history.stdout).into_owned();
    assert_eq!(history.matches("4.999").count(), 1, "{history}");
    let other = say(server.tcp(), format!("{}\n", report.replace("4999", "5999")).as_bytes());
    assert!(other.contains("id_reutilizado"), "{other}");
}

#[test]
fn a_restarted_server_binds_its_port_at_once() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve_lines(data.path(), &[]);
    let address = server.tcp();
    // The server closes first, so that its end of the connection lingers (TIME_WAIT).
    assert_eq!(say(address, b"sair\n"), "Conexão encerrada.\n");
    let _open = connect(address);
    server.kill();
    let tcp = address.to_string();
    let fixed = ["serve", "--udp", "127.0.0.1:0", "--tcp", &tcp, "--data"];
    let again = Serving::start(posto(fixed).arg(data.path()), 2);
    assert_eq!(say(again.tcp(), b"sair\n"), "Conexão encerrada.\n");
}
