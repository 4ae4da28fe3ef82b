//! `posto relay` between a real client and a real server: what gets lost is asked again, what
//! comes twice is done once, and the relay says what it did.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use posto_client::{Client, ConnectOptions};
use posto_session::Protocol;
use posto_tests::process::{Serving, posto, run};
use posto_wire::Object;

/// How long a dialogue may take that is lost and repeated all the time.
const PATIENCE: Duration = Duration::from_secs(120);

/// A relay in front of a server.
fn relay(to: SocketAddr, more: &[&str]) -> Serving {
    let to = to.to_string();
    Serving::start(posto(["relay", "--udp", "127.0.0.1:0", "--to", &to]).args(more).stderr(Stdio::null()), 1)
}

/// What `posto client` prints when this is typed.
fn dialogue(server: SocketAddr, typed: &str) -> String {
    let mut client = posto(["client", "--lang", "en", &server.ip().to_string(), &server.port().to_string()]);
    let output = run(&mut client, typed, PATIENCE);
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn serve(data: &Path, more: &[&str]) -> Serving {
    Serving::serve(data, more)
}

/// So many reports of ascending prices, then a search.
fn reports(count: u32) -> String {
    let reports = (0..count).map(|index| format!("D 2 {} -22.2270 -54.8077\n", 1001 + index));
    reports.chain(["P 2 1 -22.2270 -54.8077\n".to_owned()]).collect()
}

/// At 30 % loss each way a request in thirty fails by its deadline; none is executed twice, which
/// the history shows.
#[test]
fn reports_through_thirty_per_cent_loss_are_stored_once_each() {
    let data = tempfile::tempdir().expect("a directory");
    let server = serve(data.path(), &["--seed", "none"]);
    let faults = ["--drop", "30%", "--dup", "0.2", "--reorder", "0.2", "--delay", "3ms±2", "--seed", "7"];
    let relay = relay(server.udp(), &faults);
    let printed = dialogue(relay.udp(), &reports(15));
    assert!(printed.contains("Connected"), "{printed}");
    let failed = printed.matches("could not be sent").count();
    assert!(failed <= 6, "{failed} failed:\n{printed}");
    server.terminate();
    let stored = stored(data.path());
    assert!(stored.is_sorted_by(|one, next| one < next), "each once: {stored:?}");
    // What failed may have been stored nevertheless: its answer was lost each time.
    assert!((15 - failed..=15).contains(&stored.len()), "{failed} failed, stored are {stored:?}");
}

/// The same in v1, which the original's clients speak; they never repeat a lost datagram, ours does.
#[test]
fn reports_of_v1_through_thirty_per_cent_loss_are_stored_once_each() {
    let data = tempfile::tempdir().expect("a directory");
    let server = serve(data.path(), &["--seed", "none"]);
    let relay = relay(server.udp(), &["--drop", "0.3", "--dup", "0.2", "--delay", "3ms±2", "--seed", "7"]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let answered = runtime.block_on(async {
        let options = ConnectOptions { protocol: Protocol::V1, ..ConnectOptions::default() };
        let client = Client::connect(relay.udp(), options).await.expect("a session");
        let mut answered = 0_u32;
        for price in 1001..1016 {
            let report = Object::new().with("acao", "D").with("tipoCombustivel", "2").with("valor", price);
            let report = report.with("coordenadas", "(-22.2270;-54.8077)");
            answered += u32::from(client.raw(report.into()).await.is_ok());
        }
        client.close().await;
        answered
    });
    server.terminate();
    let stored = stored(data.path());
    assert!(stored.is_sorted_by(|one, next| one < next), "each once: {stored:?}");
    let count = u32::try_from(stored.len()).expect("few");
    assert!(answered >= 9 && (answered..=15).contains(&count), "{answered} answered, stored are {stored:?}");
}

/// The prices in the journal's history, lowest first.
fn stored(data: &Path) -> Vec<u32> {
    let journal = rusqlite::Connection::open(data.join("posto.db")).expect("a journal");
    let mut rows = journal.prepare("SELECT price FROM reports ORDER BY price").expect("its history");
    let prices = rows.query_map([], |row| row.get(0)).expect("prices");
    prices.collect::<Result<_, _>>().expect("numbers")
}

#[test]
fn the_relay_says_what_it_does_and_what_it_has_done() {
    let data = tempfile::tempdir().expect("a directory");
    let server = serve(data.path(), &[]);
    for (language, said, last) in [
        ("pt", "Fingindo duplicar pacote de 127.0.0.1:", "semente"),
        ("en", "Pretending to duplicate packet from 127.0.0.1:", "seed"),
    ] {
        let log = tempfile::NamedTempFile::new().expect("a file");
        let log_file = log.reopen().expect("the same file");
        let to = server.udp().to_string();
        let options = ["--dup", "1", "--verbose", "--seed", "7", "--lang", language];
        let mut command = posto(["relay", "--udp", "127.0.0.1:0", "--to", &to]);
        let relay = Serving::start(command.args(options).stderr(log_file), 1);
        assert!(dialogue(relay.udp(), &reports(1)).contains("1.001"), "it answers");
        let printed = relay.terminate_and_read();
        let logged = std::fs::read_to_string(log.path()).expect("what it said");
        assert!(logged.lines().count() >= 4 && logged.lines().all(|line| line.starts_with(said)), "{logged}");
        assert!(printed.lines().last().expect("a table").split_whitespace().eq([last, "7"]), "{printed}");
    }
}

/// As the original does it: the answer comes from another port, and there the client goes on.
#[test]
fn session_ports_pass_through_the_relay() {
    let data = tempfile::tempdir().expect("a directory");
    let range = free_range(8);
    let server = serve(data.path(), &["--session-ports", &range]);
    let relay = relay(server.udp(), &["--delay", "1ms", "--seed", "7"]);
    assert!(dialogue(relay.udp(), &reports(3)).contains("1.003"));
    relay.terminate();
}

/// So many ports in a row that were free a moment ago.
fn free_range(ports: u16) -> String {
    for first in (20_000..60_000).step_by(usize::from(ports)) {
        let bound: Result<Vec<_>, _> =
            (first..first + ports).map(|port| std::net::UdpSocket::bind(("127.0.0.1", port))).collect();
        if bound.is_ok() {
            return format!("{first}-{}", first + ports - 1);
        }
    }
    panic!("no {ports} free ports in a row");
}

#[test]
fn bad_settings_are_all_named_and_nothing_is_served() {
    let output = run(
        &mut posto(["relay", "--udp", "127.0.0.1:0", "--to", "here", "--drop", "2", "--delay", "soon", "--lang", "en"]),
        "",
        PATIENCE,
    );
    let told = String::from_utf8(output.stderr).expect("UTF-8");
    assert_eq!((output.status.code(), told.lines().count(), output.stdout.len()), (Some(1), 3, 0), "{told}");
    assert!(told.lines().all(|line| line.starts_with("posto: --") && line.contains("expected")), "{told}");
}
