//! `posto up`: the fuel-price server, the gateway and the page in one process. The two talk over
//! real UDP all the same: there is no back door.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use posto_client::{Pool, PoolOptions};
use posto_gateway::{Options, State};
use posto_server::Access;
use posto_session::Psk;
use tokio::sync::watch;

use super::gateway::{options, reload_at_hangup};
use super::lan::Lan;
use super::serve::{Server, reachable, with};
use crate::arguments::Settings;
use crate::config::{Config, Way};
use crate::entrance::Door;
use crate::logging;
use crate::metrics::{Bound, Process, line};
use crate::output::announce;
use crate::places::{Places, tell};
use crate::session::MIN_KEY_BYTES;
use crate::shutdown::Stop;

pub fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let config = Config::read(settings)?;
    logging::start(config.log);
    super::block_on(up(config))
}

async fn up(mut config: Config) -> anyhow::Result<ExitCode> {
    let mut stop = Stop::listen()?;
    config.refuse_if_too_open(&[Way::Udp, Way::Tcp, Way::Http])?;
    let own_key = own_key(&mut config.access, config.udp)?;
    let metrics = Bound::bind(config.metrics).await?;
    let door = Door::open(&config).await?;
    let server = tokio::select! {
        server = Server::bind(&config) => server?,
        () = stop.next() => return Ok(ExitCode::SUCCESS),
    };
    let (udp, http, scheme) = (server.address, door.address, door.scheme());
    let bound = server.addresses();
    let lan = Lan::start(&config, udp)?;
    let pool = Arc::new(Pool::new(PoolOptions { psk: own_key, ..PoolOptions::new(reachable(udp).to_string()) }));
    let options = Options { metrics: with(server.metrics(), Process), ..options(&config, http) };
    reload_at_hangup(&config, &options)?;
    let state = State::new(Arc::clone(&pool), options);
    let serving = metrics.as_ref().map(|_| state.metrics_sources());
    let places = Places { udp: Some(udp), tcp: server.tcp, http: Some(http), ..Places::of(&config, metrics.as_ref()) };

    // The gateway stops first, so that what it has in flight is still answered.
    let (stop_gateway, mut gateway_stopped) = watch::channel(false);
    let (stop_server, mut server_stopped) = watch::channel(false);
    let stopping = state.ending(async move { drop(gateway_stopped.wait_for(|stop| *stop).await) });
    let app = posto_gateway::app(state);
    let gateway = tokio::spawn(posto_gateway::serve(door.into_entrance(), app, stopping));
    let mut server =
        tokio::spawn(async move { server.run(async move { drop(server_stopped.wait_for(|stop| *stop).await) }).await });
    announce(format_args!("{bound}{scheme} {http}\n{}", line(metrics.as_ref())));
    tell(&places);
    let _serving = metrics.zip(serving).map(|(metrics, sources)| metrics.serve(sources));

    let ended = tokio::select! {
        () = stop.requested() => None,
        ended = &mut server => Some(ended),
    };
    stop_gateway.send_replace(true);
    gateway.await.context("the gateway ended by a defect")?;
    pool.close().await;
    stop_server.send_replace(true);
    drop(lan);
    let ended = match ended {
        Some(ended) => ended,
        None => server.await,
    };
    ended.context("the server ended by a defect")??;
    Ok(ExitCode::SUCCESS)
}

/// The key of the gateway's sessions. On loopback everyone is believed who says whose report it hands on;
/// elsewhere only who has the key, so where there is none the gateway gets one that nobody else knows.
fn own_key(access: &mut Access, udp: SocketAddr) -> anyhow::Result<Option<Psk>> {
    if access.psk.is_none() && !udp.ip().to_canonical().is_loopback() {
        let mut bytes = [0; MIN_KEY_BYTES];
        getrandom::fill(&mut bytes).context("no random bytes from the system")?;
        (access.psk, access.psk_is_private) = (Psk::from_bytes(&bytes), true);
    }
    Ok(access.psk.clone())
}
