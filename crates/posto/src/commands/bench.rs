//! `posto bench`: what Posto does beside the limit of this machine, in the same run.

mod cluster;
mod http;
mod journal;
mod measured;
mod process;
mod search;
mod udp;

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::{Args, Subcommand};

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
    /// Reports over a replicated log beside NATS JetStream alone, and how fast a new server catches up
    Cluster(cluster::ClusterArguments),
    /// Searches and price changes in made-up markets and the Italian register, beside brute force,
    /// rstar and kiddo
    Search(search::SearchArguments),
    /// Searches and durable reports over HTTP beside a bare axum handler with answers as long
    Http(http::HttpArguments),
    /// The bare axum handler that `bench http` holds beside the gateway
    #[command(hide = true)]
    BareHttp {
        /// Where it listens
        #[arg(long, default_value = "127.0.0.1:8081")]
        http: SocketAddr,
        /// Bytes of each answer
        #[arg(long, default_value_t = 410)]
        bytes: usize,
    },
}

pub fn run(arguments: &BenchArguments) -> anyhow::Result<ExitCode> {
    super::block_on(async move {
        match &arguments.what {
            What::Udp(arguments) => udp::run(arguments).await,
            What::Echo { udp } => udp::serve_echo(*udp).await,
            What::Journal(arguments) => journal::run(arguments),
            What::Cluster(arguments) => cluster::run(arguments).await,
            What::Search(arguments) => search::run(arguments),
            What::Http(arguments) => http::run(arguments).await,
            What::BareHttp { http, bytes } => http::serve_bare(*http, *bytes).await,
        }
    })
}
