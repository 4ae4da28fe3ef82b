//! `posto gateway`: the HTTP gateway alone, in front of a running server.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use posto_client::{Pool, PoolOptions};
use posto_gateway::{Options, State};

use crate::arguments::Settings;
use crate::config::Config;
use crate::entrance::Door;
use crate::logging;
use crate::metrics::{Bound, Process, line};
use crate::output::announce;
use crate::places::{Places, tell};
use crate::shutdown::Stop;

pub fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let config = Config::read(settings)?;
    logging::start(config.log);
    super::block_on(async move {
        let stop = Stop::listen()?;
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

/// The gateway's options that follow from the settings and the bound address.
pub fn options(config: &Config, address: SocketAddr) -> Options {
    Options {
        tiles: config.tiles.clone(),
        web_dir: config.web_dir.clone(),
        attributions: posto_feeds::attributions().map(|(source, text)| (source.to_owned(), text.to_owned())).collect(),
        verbose: config.verbose,
        metrics_elsewhere: config.metrics.is_some(),
        ..Options::bound_to(address)
    }
}
