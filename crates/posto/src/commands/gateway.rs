//! `posto gateway`: the HTTP gateway alone, in front of a running server.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use posto_client::{Pool, PoolOptions};
use posto_gateway::{Options, State, TokenStore};
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::Settings;
use crate::config::{Config, Way};
use crate::entrance::Door;
use crate::logging;
use crate::metrics::{Bound, Process, line};
use crate::output::announce;
use crate::places::{Places, tell};
use crate::shutdown::Stop;
use crate::token_file;

pub fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let config = Config::read(settings)?;
    logging::start(config.log);
    super::block_on(async move {
        let stop = Stop::listen()?;
        config.refuse_if_too_open(&[Way::Http])?;
        let metrics = Bound::bind(config.metrics).await?;
        let door = Door::open(&config).await?;
        let address = door.address;
        let pool = Arc::new(Pool::new(PoolOptions {
            servers: config.servers.clone(),
            fallbacks: config.fallbacks.clone(),
            psk: config.access.psk.clone(),
            ..PoolOptions::new(String::new())
        }));
        let options = Options { metrics: vec![Arc::new(Process)], ..options(&config, address) };
        reload_at_hangup(&config, &options)?;
        let state = State::new(Arc::clone(&pool), options);
        let stopping = state.ending(stop.requested());
        announce(format_args!("{} {address}\n{}", door.scheme(), line(metrics.as_ref())));
        tracing::info!(servers = config.servers.join(", "), "gateway listening");
        tell(&Places { http: Some(address), ..Places::of(&config, metrics.as_ref()) });
        let _serving = metrics.map(|metrics| metrics.serve(state.metrics_sources()));
        let app = posto_gateway::app(state);
        posto_gateway::serve(door.into_entrance(), app, stopping).await;
        pool.close().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// Reads the file of tokens again at each SIGHUP; one with a mistake in it changes nothing.
pub fn reload_at_hangup(config: &Config, options: &Options) -> anyhow::Result<()> {
    let file = config.writers.tokens.as_ref().map(|(path, _)| path.clone());
    let Some((path, store)) = file.zip(options.tokens.clone()) else { return Ok(()) };
    let mut hangup = signal(SignalKind::hangup()).context("cannot listen to signals")?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            match token_file::read(&path) {
                Ok(tokens) => {
                    tracing::info!(tokens = tokens.count(), path = %path.display(), "SIGHUP: tokens read again");
                    store.replace(tokens);
                }
                Err(error) => tracing::error!("SIGHUP: the tokens stay as they were: {error:#}"),
            }
        }
    });
    Ok(())
}

/// The gateway's options that follow from the settings and the bound address.
pub fn options(config: &Config, address: SocketAddr) -> Options {
    Options {
        tiles: config.tiles.clone(),
        web_dir: config.web_dir.clone(),
        attributions: posto_feeds::attributions().map(|(source, text)| (source.to_owned(), text.to_owned())).collect(),
        verbose: config.verbose,
        metrics_elsewhere: config.metrics.is_some(),
        tokens: config.writers.tokens.as_ref().map(|(_, tokens)| TokenStore::new(tokens.clone())),
        anonymous: config.anonymous(),
        rates: config.writers.rates,
        trusted_proxies: config.writers.trusted_proxies.clone(),
        ..Options::bound_to(address)
    }
}
