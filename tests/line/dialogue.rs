//! The prompt and the menu as a person meets them: in a pseudo-terminal, which Python's standard library
//! makes (`tests/python/pty_dialogue.py`).

use std::fs::{self, File};
use std::net::UdpSocket;
use std::process::Output;
use std::time::Duration;

use posto_tests::process::{Serving, posto, posto_binary, python, run};
use serde_json::json;

use crate::DOURADOS;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(90);

/// `posto client` in a pseudo-terminal; each expected text is waited for before its line is typed.
fn in_terminal(arguments: &[&str], steps: &[(&str, &str)]) -> (Option<i32>, String) {
    let steps: Vec<_> = steps.iter().map(|(expected, typed)| json!([expected, format!("{typed}\r")])).collect();
    let mut command = python("pty_dialogue.py");
    // The history of a test is nobody's.
    let state = tempfile::tempdir().expect("a directory");
    command.arg(posto_binary()).arg("client").args(arguments).env("XDG_STATE_HOME", state.path());
    let output = run(&mut command, &json!(steps).to_string(), PATIENCE);
    (output.status.code(), printed(&output))
}

fn printed(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn host_and_port(server: &Serving) -> [String; 2] {
    [server.udp().ip().to_string(), server.udp().port().to_string()]
}

#[test]
fn the_menu_asks_answers_and_comes_again_and_both_sides_tell_the_end() {
    let data = tempfile::tempdir().expect("a directory");
    let log = data.path().join("log");
    let mut serve = posto(["serve", "--udp", "127.0.0.1:0", "--data"]);
    serve.arg(data.path()).env("RUST_LOG", "info").stderr(File::create(&log).expect("a file"));
    let server = Serving::start(&mut serve, 1);
    let [host, port] = host_and_port(&server);
    let steps = [
        ("Opção: ", "7"),
        ("Opção inválida: \"7\"", "1"),
        ("[2]: ", "9"),
        ("Valor inválido: \"9\"", ""),
        ("[5]: ", "10"),
        ("Latitude: ", "-22,2175"),
        ("Longitude: ", "-54.7653"),
        ("3.999 BRL/l  Auto Posto Tauros", "2"),
        ("[2]: ", "gasolina"),
        ("Preço: ", "3,5"),
        ("Latitude [-22,2175]: ", ""),
        ("Longitude [-54.7653]: ", ""),
        ("Dados gravados: 3.500 BRL/l", "3"),
        ("[gasolina]: ", ""),
        ("[10]: ", ""),
        ("Latitude [-22,2175]: ", ""),
        ("Longitude [-54.7653]: ", ""),
        ("3.500 BRL/l", "4"),
        ("Data e hora no servidor: ", "1"),
        ("[gasolina]: ", "voltar"),
        ("5 - Encerrar", "5"),
        ("Conexão encerrada às ", ""),
    ];
    let (code, printed) = in_terminal(&["--menu", "--lang", "pt", &host, &port], &steps);
    assert_eq!(code, Some(0), "{printed}");
    assert_eq!(printed.matches("5 - Encerrar").count(), 7, "the menu comes again after each answer: {printed}");
    let told = fs::read_to_string(&log).expect("a log");
    assert!(told.contains("Host logado: 127.0.0.1:") && told.contains("Conexão encerrada às "), "{told}");
    // The server goes on.
    let (code, printed) = in_terminal(
        &["--lang", "pt", &host, &port],
        &[("Entrada: ", &format!("P 2 5 {DOURADOS}")), ("R$ 3.500", "menu"), ("Opção: ", "5")],
    );
    assert_eq!(code, Some(0), "{printed}");
}

#[test]
fn the_prompt_explains_mistakes_and_ends_with_exit() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve(data.path(), &[]);
    let [host, port] = host_and_port(&server);
    let steps = [
        ("Command: ", "P 9 5 1 1"),
        ("Unknown fuel", "help"),
        ("show a numbered menu", "D 2 3500 -22.2175 -54.7653"),
        ("Stored", "exit"),
    ];
    let (code, printed) = in_terminal(&["--lang", "en", &host, &port], &steps);
    assert_eq!(code, Some(0), "{printed}");
}

#[test]
fn a_server_that_falls_silent_ends_the_menu() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve(data.path(), &[]);
    let [host, port] = host_and_port(&server);
    // The port of our own is the one asked for: the server's log of sessions would show it.
    let ours = UdpSocket::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").to_string();
    let mut client = posto(["client", "--menu", "--timeout", "500ms", "--bind", &ours, &host, &port]);
    let mut child =
        client.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().expect("it starts");
    let mut output = std::io::BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    while !line.contains("5 - Encerrar") {
        line.clear();
        assert_ne!(std::io::BufRead::read_line(&mut output, &mut line).expect("text"), 0, "it ended");
    }
    assert!(UdpSocket::bind(&ours).is_err(), "the client's port is the one of --bind");
    server.signal("STOP");
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), b"4\n").expect("it reads");
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut output, &mut rest).expect("text");
    server.signal("CONT");
    assert!(rest.contains("Conexão encerrada por inatividade do servidor."), "{rest}");
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
}

#[test]
fn where_udp_is_blocked_the_client_goes_on_over_tcp_and_says_so() {
    let data = tempfile::tempdir().expect("a directory");
    let server = Serving::serve_lines(data.path(), &[]);
    // Nobody reads what comes to this port, as behind a firewall.
    let blocked = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let port = blocked.local_addr().expect("an address").port().to_string();
    let tcp = format!("--tcp={}", server.tcp().port());
    let mut client = posto(["client", "--lang", "en", "--timeout", "500ms", &tcp, "127.0.0.1", &port]);
    let typed = format!("D 2 3500 {DOURADOS}\nP 2 5 {DOURADOS}\nmenu\n4\n1\n\n\n-22.2175\n-54.7653\n5\n");
    let output = run(&mut client, &typed, PATIENCE);
    let said = printed(&output);
    assert!(output.status.success(), "{said}");
    assert!(
        said.starts_with(&format!("No answer over UDP; going on over TCP ({})\nConnected\n", server.tcp())),
        "{said}"
    );
    for expected in
        ["Stored\n", "Price: R$ 3.500", "Date and time at the server: ", "3.500 BRL/l", "Connection closed at"]
    {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let mut keyed = posto(["client", "--tcp", "--protocol", "v2"]);
    let refused = run(&mut keyed, "", PATIENCE);
    assert!(!refused.status.success() && printed(&refused).contains("--tcp proves nothing"));
}
