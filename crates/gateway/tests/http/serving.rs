//! The accept loop on a real port: both HTTP versions, silent connections, and the end.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use posto_gateway::serve;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::{Gateway, Script, friendly};

/// Serves until told to stop.
async fn start(script: Script) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let gateway = Gateway::before(script);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(serve(listener, gateway.app, async move { drop(stopped.await) }));
    (address, stop, served)
}

async fn ask(stream: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
}

#[tokio::test]
async fn a_connection_answers_several_requests_and_ends_with_the_gateway() {
    let (address, stop, served) = start(friendly).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    for _ in 0..2 {
        ask(&mut stream, "/healthz").await;
        let mut answer = [0; 1024];
        let length = stream.read(&mut answer).await.unwrap();
        assert!(answer[..length].starts_with(b"HTTP/1.1 200 OK\r\n"));
    }
    drop(stop);
    served.await.unwrap();
    assert_eq!(stream.read(&mut [0; 16]).await.unwrap(), 0, "the kept connection was closed");
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn what_is_in_flight_at_the_end_is_answered() {
    let (address, stop, served) = start(|_| None).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /time HTTP/1.1\r\nHost: localhost\r\nX-Deadline-Ms: 400\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(stop);
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 504 Gateway Timeout\r\n"), "{}", String::from_utf8_lossy(&answer));
    served.await.unwrap();
}

#[tokio::test]
async fn a_silent_connection_is_closed_and_holds_nothing_up() {
    let (address, stop, served) = start(friendly).await;
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut broken = TcpStream::connect(address).await.unwrap();
    broken.write_all(b"GET / HT").await.unwrap();
    let started = Instant::now();
    assert_eq!(silent.read(&mut [0; 16]).await.unwrap_or(0), 0);
    let _ = broken.read(&mut [0; 1024]).await;
    let taken = started.elapsed();
    assert!((Duration::from_millis(4_500)..Duration::from_secs(8)).contains(&taken), "{taken:?}");
    drop(stop);
    served.await.unwrap();
}

#[tokio::test]
async fn both_versions_of_http_are_spoken() {
    let (address, stop, served) = start(friendly).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The preface and an empty SETTINGS frame (RFC 9113 §3.4); the answer begins with SETTINGS.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let mut frame = [0; 9];
    stream.read_exact(&mut frame).await.unwrap();
    assert_eq!(frame[3], 4);
    drop(stop);
    drop(stream);
    served.await.unwrap();
}
