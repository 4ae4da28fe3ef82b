//! The accept loop: HTTP/1 and HTTP/2 on one port, with limits on what a connection may keep, and
//! an end that lets what is in flight finish.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tower::ServiceExt;

use crate::limits::{
    ACCEPT_PAUSE, DRAIN_TIMEOUT, FIRST_REQUEST_TIMEOUT, HEADER_READ_TIMEOUT, IDLE_TIMEOUT, MAX_CONNECTIONS,
    MAX_HEADER_BYTES, MAX_STREAMS,
};

/// Serves until `shutdown` is ready; then takes no more connections and waits for the requests
/// under way, 10 s at most.
pub async fn serve(listener: TcpListener, app: Router, shutdown: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        tokio::select! {
            (stream, peer, place) = accept(&listener, &places) => {
                connections.spawn(connection(stream, peer, app.clone(), graceful.watcher(), place));
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            () = &mut shutdown => break,
        }
    }
    drop(listener);
    // Those that are not done by then are cut when their set is dropped.
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, graceful.shutdown()).await;
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, Option<OwnedSemaphorePermit>) {
    // The semaphore is never closed; without a permit the connection would only go uncounted.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, place),
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// One connection until its end, or until it has been without a request for too long.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    watcher: Watcher,
    _place: Option<OwnedSemaphorePermit>,
) {
    // Without it answers wait up to 40 ms for the peer's acknowledgement; no error worth a word.
    let _ = stream.set_nodelay(true);
    let activity = Activity::new();
    let service = service_fn(|request: hyper::Request<hyper::body::Incoming>| {
        let (app, underway) = (app.clone(), activity.begin());
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            let response: Result<_, Infallible> = app.oneshot(request).await;
            drop(underway);
            response
        }
    });
    let builder = builder();
    let mut served = std::pin::pin!(watcher.watch(builder.serve_connection(TokioIo::new(stream), service)));
    loop {
        let due = activity.due();
        tokio::select! {
            // A peer that breaks off or writes no HTTP is its own concern.
            _ = &mut served => return,
            () = tokio::time::sleep_until(due) => if activity.due() <= Instant::now() {
                return;
            },
        }
    }
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_READ_TIMEOUT).max_buf_size(MAX_HEADER_BYTES);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(MAX_STREAMS);
    builder
}

/// When a connection has been idle for too long.
#[derive(Debug, Clone)]
struct Activity(Arc<Mutex<Moments>>);

#[derive(Debug)]
struct Moments {
    underway: usize,
    due: Instant,
}

/// A request being answered.
#[derive(Debug)]
struct Underway(Activity);

impl Activity {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Moments { underway: 0, due: Instant::now() + FIRST_REQUEST_TIMEOUT })))
    }

    fn begin(&self) -> Underway {
        self.moments().underway += 1;
        Underway(self.clone())
    }

    /// When to look again; while a request is being answered that is never now.
    fn due(&self) -> Instant {
        let moments = self.moments();
        if moments.underway > 0 { Instant::now() + IDLE_TIMEOUT } else { moments.due }
    }

    fn moments(&self) -> std::sync::MutexGuard<'_, Moments> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        let mut moments = self.0.moments();
        moments.underway -= 1;
        moments.due = Instant::now() + IDLE_TIMEOUT;
    }
}
