//! One connection from its first byte to its last: TLS where it is wanted, then HTTP/1 or HTTP/2.
//!
//! It keeps no timer: `guests.rs` says when its time is up.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{CONNECTION, CONTENT_ENCODING};
use axum::http::{HeaderValue, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::answer::{Answer, Underway};
use super::guest::Stage;
use super::guests::Place;
use super::stream::Watched;
use crate::limits::{
    COMPRESSOR_BYTES, CONNECTION_WINDOW_BYTES, MAX_ERROR_STREAMS, MAX_HEADER_BYTES, MAX_RESET_STREAMS, MAX_STREAMS,
    STREAM_WINDOW_BYTES,
};
use crate::methods;

/// In the requests that come while the gateway leaves: `/readyz` says so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaving;

/// What every connection is served with.
#[derive(Debug, Clone)]
pub(super) struct Service {
    pub(super) app: Router,
    pub(super) builder: Arc<Builder<TokioExecutor>>,
}

impl Service {
    pub(super) fn new(app: Router) -> Self {
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().header_read_timeout(None).max_buf_size(MAX_HEADER_BYTES);
        builder
            .http2()
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(u32::try_from(MAX_HEADER_BYTES).unwrap_or(u32::MAX))
            .max_pending_accept_reset_streams(MAX_RESET_STREAMS)
            .max_local_error_reset_streams(MAX_ERROR_STREAMS)
            .max_send_buf_size(MAX_HEADER_BYTES)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES);
        Self { app, builder: Arc::new(builder) }
    }
}

/// HTTP without TLS.
pub(super) async fn plain(stream: TcpStream, peer: SocketAddr, service: Service, place: Place) {
    let stream = Watched::new(stream, Arc::clone(place.guest()));
    http(stream, peer, service, &place).await;
}

/// HTTP behind TLS. The handshake is part of what comes before the first request, and its time.
pub(super) async fn secure(stream: TcpStream, peer: SocketAddr, tls: TlsAcceptor, service: Service, place: Place) {
    let handshake = async {
        if starts_as_http(&stream).await {
            return refuse_plain(stream).await;
        }
        let stream = Watched::new(stream, Arc::clone(place.guest()));
        // Whoever breaks a handshake off knows why; a log line for each would be a gift to attackers.
        let accepted = tls.accept_with(stream, |session| session.set_buffer_limit(Some(MAX_HEADER_BYTES)));
        accepted.await.ok()
    };
    if let Some(Some(stream)) = until_cut(&place, handshake).await {
        http(stream, peer, service, &place).await;
    }
}

/// A handshake starts with byte 22 (RFC 8446 §5.1), a request with a letter.
async fn starts_as_http(stream: &TcpStream) -> bool {
    let mut first = [0];
    matches!(stream.peek(&mut first).await, Ok(1)) && first.iter().all(u8::is_ascii_uppercase)
}

/// Tells who came without TLS. Best effort: the connection ends either way.
async fn refuse_plain<T>(mut stream: TcpStream) -> Option<T> {
    let _ = stream.write_all(super::refusal::NOT_TLS.as_bytes()).await;
    let _ = stream.shutdown().await;
    None
}

/// `None`: the connection is to end, or the gateway closes.
async fn until_cut<T>(place: &Place, work: impl Future<Output = T>) -> Option<T> {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return Some(done),
            stage = place.told() => if stage >= Stage::Closing { return None },
        }
    }
}

async fn http(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    peer: SocketAddr,
    service: Service,
    place: &Place,
) {
    let Service { app, builder } = service;
    let answer = service_fn(|request| answer(request, peer, app.clone(), place));
    let mut served = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), answer));
    loop {
        tokio::select! {
            // A peer that breaks off or writes no HTTP is its own concern.
            _ = &mut served => return,
            stage = place.told() => match stage {
                Stage::Serving => {}
                // HTTP/2 says by itself which requests it still takes; in HTTP/1 the answers say it.
                Stage::Leaving if !place.speaks_http2() => {}
                Stage::Leaving | Stage::Closing => served.as_mut().graceful_shutdown(),
                Stage::Cut => return,
            },
        }
    }
}

/// The answer to one request; the future must not borrow, an HTTP/2 stream is a task of its own.
fn answer(
    request: Request<Incoming>,
    peer: SocketAddr,
    app: Router,
    place: &Place,
) -> impl Future<Output = Result<Response<Answer>, Infallible>> + Send + use<> {
    let version = request.version();
    let underway = Underway::begin(place, version == Version::HTTP_2);
    let (guest, guests) = (Arc::clone(place.guest()), Arc::clone(place.guests()));
    async move {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        if guest.stage() >= Stage::Leaving {
            request.extensions_mut().insert(Leaving);
        }
        let mut response = methods::answer(app, request).await;
        if guest.stage() >= Stage::Leaving && version < Version::HTTP_2 {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let is_compressed = response.headers().contains_key(CONTENT_ENCODING);
        let making_bytes = if is_compressed { COMPRESSOR_BYTES } else { 0 };
        Ok(response.map(|body| Answer::new(body, making_bytes, underway, guests)))
    }
}
