//! `posto bench`: what Posto does beside the limit of this machine, in the same run.

mod journal;
mod search;
mod udp;

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::serve::bind_http;
use crate::output::announce;
use crate::shutdown::Stop;

#[derive(Debug, Args)]
pub struct BenchArguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Cheapest (`P`) over reliable UDP beside a raw UDP echo
    Udp(udp::UdpArguments),
    /// The raw echo that `bench udp` holds beside the server
    #[command(hide = true)]
    Echo {
        /// Where it listens
        #[arg(long)]
        udp: SocketAddr,
    },
    /// Durable reports beside the bare disk and single-row SQLite transactions
    Journal(journal::JournalArguments),
    /// Searches and price changes in made-up markets and the Italian register, beside brute force,
    /// rstar and kiddo
    Search(search::SearchArguments),
    /// A bare axum handler with an answer of the same size, to hold beside `GET /stations/cheapest`
    BareHttp {
        /// Where it listens
        #[arg(long, default_value = "127.0.0.1:8081")]
        http: SocketAddr,
    },
}

pub fn run(arguments: &BenchArguments) -> anyhow::Result<ExitCode> {
    super::block_on(async move {
        match &arguments.what {
            What::Udp(arguments) => udp::run(arguments).await,
            What::Echo { udp } => udp::serve_echo(*udp).await,
            What::Journal(arguments) => journal::run(arguments),
            What::Search(arguments) => search::run(arguments),
            What::BareHttp { http } => bare_http(*http).await,
        }
    })
}

async fn bare_http(address: SocketAddr) -> anyhow::Result<ExitCode> {
    const ANSWER: &str = r#"{"id":"6u119dk9y0t4","name":"Auto Posto Tauros","brand":null,"lat":-22.223665,"lon":-54.771388,"fuel":"gasoline","price":3.999,"currency":"BRL","unit":"l","distance_km":0.925,"reported_at":null,"age_s":null,"stale":true,"suspect":false,"opening_hours":null,"open":null,"service":null,"members_only":null,"source":"reports","attribution":null}"#;
    let answer = || async { ([("content-type", "application/json")], ANSWER) };
    let app = axum::Router::new().route("/stations/cheapest", axum::routing::get(answer));
    let stop = Stop::listen()?;
    let listener = bind_http(address).await?;
    announce(format_args!("http {}\n", listener.local_addr()?));
    axum::serve(listener, app).with_graceful_shutdown(stop.requested()).await?;
    Ok(ExitCode::SUCCESS)
}
