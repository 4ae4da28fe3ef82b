//! Connections of a server in one process, with limits short enough to be seen: silence, slow readers,
//! too many, the stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use posto_line::{CloseReason, Handler, Listener, Notification, Options, Reply, Request, serve};
use posto_wire::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Longer than anything here takes, so that a test ends where it would hang.
const ENOUGH: Duration = Duration::from_secs(20);

/// Answers by what is asked: `T` at length, `S` "not now", `E` never told, all else briefly.
#[derive(Default)]
struct Fake {
    happened: Mutex<Vec<Notification>>,
}

impl Handler for Fake {
    fn handle(&self, request: Request, reply: Reply) {
        let action = request.data.as_object().and_then(|object| object.get("acao")).and_then(Value::as_text);
        match action {
            Some("T") => reply.send("x".repeat(60_000).into()),
            Some("S") => reply.not_executed(),
            Some("E") => drop(reply),
            _ => reply.send("ok".into()),
        }
    }

    fn notify(&self, notification: Notification) {
        self.happened.lock().push(notification);
    }
}

struct Serving {
    address: SocketAddr,
    fake: Arc<Fake>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

fn start(options: Options) -> Serving {
    let listener = Listener::bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let address = listener.local_address().expect("an address");
    let fake = Arc::new(Fake::default());
    let (stop, stopped) = oneshot::channel::<()>();
    let task = tokio::spawn(serve(listener, options, Arc::clone(&fake), async { drop(stopped.await) }));
    Serving { address, fake, stop, task }
}

/// All that the server says until it closes.
async fn to_the_end(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // What was on its way before a reset is all there is.
    let _ = tokio::time::timeout(ENOUGH, stream.read_to_end(&mut text)).await.expect("it ends");
    String::from_utf8(text).expect("UTF-8")
}

async fn until(serving: &Serving, wanted: impl Fn(&Notification) -> bool) {
    let seen = async {
        while !serving.fake.happened.lock().iter().any(&wanted) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(ENOUGH, seen).await.expect("it happens");
}

fn closed(reason: CloseReason) -> impl Fn(&Notification) -> bool {
    move |notification| matches!(notification, Notification::Closed { reason: told, .. } if *told == reason)
}

#[tokio::test]
async fn who_drips_bytes_without_ending_a_line_is_told_and_closed() {
    let serving = start(Options { idle: Duration::from_millis(200), ..Options::default() });
    let (mut read, mut write) = TcpStream::connect(serving.address).await.unwrap().into_split();
    let dripping = tokio::spawn(async move {
        // Each byte comes well within the limit; the line never does.
        while write.write_all(b"P").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let mut text = String::new();
    tokio::time::timeout(ENOUGH, read.read_to_string(&mut text)).await.expect("it ends").unwrap();
    assert_eq!(text, "Conexão encerrada por inatividade.\n");
    until(&serving, closed(CloseReason::Silent)).await;
    dripping.abort();
}

#[tokio::test]
async fn who_does_not_read_is_cut_off_and_nobody_else_waits() {
    let serving = start(Options { write_patience: Duration::from_millis(200), ..Options::default() });
    let mut slow = TcpStream::connect(serving.address).await.unwrap();
    slow.write_all("{\"acao\": \"T\"}\n".repeat(1000).as_bytes()).await.unwrap();
    let mut other = TcpStream::connect(serving.address).await.unwrap();
    other.write_all(b"P 2 5 1 1\nsair\n").await.unwrap();
    assert_eq!(to_the_end(&mut other).await, "ok\n\nConexão encerrada.\n");
    until(&serving, closed(CloseReason::SlowReader)).await;
    assert!(to_the_end(&mut slow).await.len() < 60_000_000, "not all of the answers were kept for it");
}

#[tokio::test]
async fn more_connections_of_one_host_than_may_be_are_told_so() {
    let serving = start(Options { of_one_host: 2, ..Options::default() });
    let mut first = TcpStream::connect(serving.address).await.unwrap();
    let _second = TcpStream::connect(serving.address).await.unwrap();
    let mut third = TcpStream::connect(serving.address).await.unwrap();
    assert_eq!(to_the_end(&mut third).await, "Servidor cheio, tente mais tarde\n");
    first.write_all(b"sair\n").await.unwrap();
    assert_eq!(to_the_end(&mut first).await, "Conexão encerrada.\n");
    drop(first);
    until(&serving, closed(CloseReason::Left)).await;
    // The place comes back with the task, a moment after the notification.
    let again = async {
        loop {
            let mut stream = TcpStream::connect(serving.address).await.unwrap();
            stream.write_all(b"P 2 5 1 1\nsair\n").await.unwrap();
            if to_the_end(&mut stream).await.starts_with("ok") {
                break;
            }
        }
    };
    tokio::time::timeout(ENOUGH, again).await.expect("there is room again");
}

#[tokio::test]
async fn what_was_not_executed_or_nobody_knows_of_is_told_in_kind() {
    let serving = start(Options::default());
    let mut stream = TcpStream::connect(serving.address).await.unwrap();
    stream.write_all(b"{\"acao\":\"S\"}\n{\"acao\":\"E\"}\nX\nsair\n").await.unwrap();
    let said = to_the_end(&mut stream).await;
    let lines: Vec<_> = said.lines().collect();
    assert!(lines[0].starts_with(r#"{"erro": {"codigo": "ocupado""#), "{said}");
    assert!(lines[1].starts_with(r#"{"erro": {"codigo": "outro""#), "{said}");
    assert_eq!(&lines[2..], ["Numero inválido de parâmetros", "", "Conexão encerrada."]);
}

#[tokio::test]
async fn a_stopping_server_says_so_and_listens_no_more() {
    let serving = start(Options::default());
    let mut stream = TcpStream::connect(serving.address).await.unwrap();
    stream.write_all(b"P 2 5 1 1\n").await.unwrap();
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await.unwrap();
    drop(serving.stop);
    assert_eq!(to_the_end(&mut stream).await, "Servidor encerrando, tente mais tarde\n");
    drop(stream);
    tokio::time::timeout(ENOUGH, serving.task).await.expect("it ends").unwrap();
    assert!(TcpStream::connect(serving.address).await.is_err());
}
