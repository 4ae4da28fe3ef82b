//! Disks that fail and files that others hold: nobody is told "stored" on hope.

use std::time::Duration;

use posto_faulty_disk::{Fault, FaultyDisk, Survivors, VFS};
use posto_server::RunError;
use posto_store::{Journal, Options};
use posto_wire::Value;

use crate::support::{Peer, Serving, options, soon};

fn d(price: u32, rest: &str) -> String {
    format!(r#"{{"acao": "D", "tipoCombustivel": "2", "coordenadas": "(1;1)", "valor": {price}{rest}}}"#)
}

const JSON: &str = r#", "formato": "json""#;

struct Faulty {
    directory: tempfile::TempDir,
    disk: FaultyDisk,
    serving: Serving,
}

fn on_faulty_disk() -> Faulty {
    let directory = tempfile::tempdir().expect("a directory");
    let disk = FaultyDisk::mount(directory.path());
    let serving = Serving::with(faulty(directory.path()), "127.0.0.1:0");
    Faulty { directory, disk, serving }
}

fn faulty(directory: &std::path::Path) -> Options {
    let mut options = options(directory);
    options.vfs = Some(VFS.to_owned());
    options
}

/// One price stored, the sync of the next one fails: what its reporter is told.
async fn told_after_a_failed_sync(second: &str) -> (Value, Faulty) {
    let faulty = on_faulty_disk();
    let mut peer = faulty.serving.peer().await;
    assert_eq!(peer.told(&d(4999, "")).await, "Dados gravados");
    faulty.disk.break_with(Fault::SyncFailsFrom(0));
    (peer.asked(second).await, faulty)
}

async fn assert_ended_by_its_journal(Faulty { directory, disk, serving }: Faulty) {
    let book = serving.journal.clone();
    let error = serving.ended().await.expect_err("a failure");
    assert!(matches!(error, RunError::Journal(_)), "{error}");
    let text = error.to_string();
    assert!(text.starts_with("the journal failed, no price can be stored any more: the journal could not "), "{text}");
    assert_eq!(book.book().counts().prices, 1);
    drop(book);
    disk.restart(Survivors::Synced);
    assert_eq!(Journal::open(faulty(directory.path())).expect("a journal").opening.reports, 1, "what was acknowledged");
}

#[tokio::test]
async fn a_failed_sync_is_told_in_words_and_ends_the_server() {
    let (answer, faulty) = told_after_a_failed_sync(&d(3999, "")).await;
    assert_eq!(answer, Value::from("O servidor não pode mais gravar preços: o disco falhou"));
    assert_ended_by_its_journal(faulty).await;
}

#[tokio::test]
async fn a_failed_sync_is_told_in_json_and_ends_the_server() {
    let (answer, faulty) = told_after_a_failed_sync(&d(3999, JSON)).await;
    let erro = answer.as_object().and_then(|answer| answer.get("erro")).and_then(Value::as_object).unwrap();
    assert_eq!(erro.get("codigo"), Some(&Value::from("diario_parado")));
    assert_ended_by_its_journal(faulty).await;
}

#[tokio::test]
async fn a_full_disk_ends_the_server_too() {
    let faulty = on_faulty_disk();
    let mut peer = faulty.serving.peer().await;
    assert_eq!(peer.told(&d(4999, "")).await, "Dados gravados");
    faulty.disk.break_with(Fault::FullFrom(0));
    assert_eq!(peer.told(&d(3999, "")).await, "O servidor não pode mais gravar preços: o disco falhou");
    assert_ended_by_its_journal(faulty).await;
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_ends_well_and_leaves_its_directory() {
    let directory = tempfile::tempdir().unwrap();
    let serving = Serving::with(options(directory.path()), "127.0.0.1:0");
    assert_eq!(serving.peer().await.told(&d(4999, "")).await, "Dados gravados");
    serving.stop().await.unwrap();
    assert_eq!(Journal::open(options(directory.path())).unwrap().opening.reports, 1);
}

/// Somebody has the file open in the `sqlite3` shell, in the middle of a change.
#[tokio::test]
async fn while_another_program_holds_the_file_json_is_told_and_v1_is_left_to_repeat() {
    let serving = Serving::start();
    let (mut json, mut v1): (Peer, Peer) = (serving.peer().await, serving.peer().await);
    let shell = rusqlite::Connection::open(&serving.opening.path).unwrap();
    shell.execute_batch("BEGIN IMMEDIATE").unwrap();
    let request = v1.request(&d(4999, ""));
    v1.send(&request).await;
    let answer = json.ask(&d(3999, JSON)).await;
    let busy = r#"{"erro": {"codigo": "ocupado", "mensagem": "Muitos relatos esperam pelo disco: tente de novo em instantes"}}"#;
    assert_eq!(answer, busy);
    shell.execute_batch("ROLLBACK").unwrap();
    // The repeat is executed: nothing came of the first. Sent until it is answered, as a client does.
    let stored = async {
        loop {
            v1.send(&request).await;
            if let Ok(answer) = tokio::time::timeout(Duration::from_millis(300), v1.receive()).await {
                return answer;
            }
        }
    };
    assert_eq!(soon(stored).await.data, Value::from("Dados gravados"));
    assert!(json.ask(&d(3999, JSON)).await.starts_with(r#"{"ok": {"#));
    assert_eq!(serving.restart().await.opening.reports, 2);
}
