//! The limit: an axum handler that reads the body, if there is one, and answers so many bytes.

use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use axum::body::Bytes;

use crate::commands::serve::bind_http;
use crate::output::announce;
use crate::shutdown::Stop;

/// Answers every request alike, until it is told to stop.
pub async fn serve(address: SocketAddr, bytes: usize) -> anyhow::Result<ExitCode> {
    let body = Bytes::from(vec![b' '; bytes]);
    let answer = async move |_: Bytes| ([("content-type", "application/json")], body.clone());
    let app = Router::new().fallback(answer);
    let stop = Stop::listen()?;
    let listener = bind_http(address).await?;
    announce(format_args!("http {}\n", listener.local_addr()?));
    axum::serve(listener, app).with_graceful_shutdown(stop.requested()).await?;
    Ok(ExitCode::SUCCESS)
}
