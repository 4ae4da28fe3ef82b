//! `posto moderate`: what an operator does to keep the data clean. What is printed is made in
//! `moderate/told.rs`.

mod told;

use std::io::{IsTerminal as _, Write as _};
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use posto_client::Client;
use posto_market::{Act, Fuel, Label, StationId, Timestamp};
use posto_wire::answer::Moderated;
use posto_wire::command::ActRequest;
use posto_wire::limits::{DEFAULT_LIST, MAX_ORIGIN_CHARACTERS};

use super::cheapest::{PATIENCE, fuel};
use super::history::since;
use super::list::limit;
use super::report::station_id;
use crate::arguments::ServerArguments;
use crate::explain::client_error;
use crate::language::Language;

/// How much longer than a question an order may take: a large withdrawal is one long transaction.
const ORDERS_TAKE: u32 = 6;

#[derive(Debug, Args)]
#[command(after_help = "The server takes it only from operators: with its key (--psk-file), or where it listens on a \
    loopback address. Nothing is ever deleted: `posto moderate log` tells who did what, when and why.")]
pub struct ModerateArguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List what users pointed out and nobody has looked at, what most of them say first
    Flags(Looking),
    /// End a price: no search finds it, and the next report begins anew
    End {
        /// The station's id
        #[arg(value_parser = station_id)]
        station: StationId,
        /// The fuel: gasoline, ethanol, diesel, … or its number
        #[arg(value_parser = fuel)]
        fuel: Fuel,
        #[command(flatten)]
        order: Ordering,
    },
    /// Hide a station: nobody sees it any more, and neither reports nor imports bring it back
    Hide {
        /// The station's id
        #[arg(value_parser = station_id)]
        station: StationId,
        #[command(flatten)]
        order: Ordering,
    },
    /// Show a station again that was hidden or merged, as it was
    Show {
        /// The station's id
        #[arg(value_parser = station_id)]
        station: StationId,
        #[command(flatten)]
        order: Ordering,
    },
    /// Merge a station into another one: reports and imports for it count for the other from now on
    Merge {
        /// The id of the station that disappears
        #[arg(value_parser = station_id)]
        from: StationId,
        /// The id of the one that it is
        #[arg(value_parser = station_id)]
        into: StationId,
        #[command(flatten)]
        order: Ordering,
    },
    /// Withdraw all prices that came from one origin: those before them hold again. Asks first
    Withdraw {
        /// The origin as `posto moderate origins` lists it, such as `v2 192.0.2.7` or `feed it`
        #[arg(value_parser = origin)]
        origin: String,
        /// Since when, by the time they were recorded: `2h`, `3d`, or a moment such as 2026-08-21T06:00:00Z
        #[arg(long, value_parser = since)]
        since: Timestamp,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
        #[command(flatten)]
        order: Ordering,
    },
    /// Settle what users pointed out about a station: it was looked at, and nothing was wrong
    Dismiss {
        /// The station's id
        #[arg(value_parser = station_id)]
        station: StationId,
        #[command(flatten)]
        order: Ordering,
    },
    /// List who reported how much lately; only operators see origins
    Origins {
        /// Since when: `2h`, `3d`, or a moment such as 2026-08-21T06:00:00Z [default: 24h]
        #[arg(long, value_parser = since)]
        since: Option<Timestamp>,
        #[command(flatten)]
        looking: Looking,
    },
    /// List what operators did, the latest first
    Log {
        /// Most of them, 1 to 200
        #[arg(long, value_parser = limit, default_value_t = DEFAULT_LIST)]
        limit: usize,
        #[command(flatten)]
        looking: Looking,
    },
}

/// What every list takes.
#[derive(Debug, Args)]
struct Looking {
    #[command(flatten)]
    server: ServerArguments,
}

/// What every order takes.
#[derive(Debug, Args)]
struct Ordering {
    /// Why, for the log; at most 80 characters
    #[arg(long, value_parser = reason)]
    reason: Option<Label>,
    /// Who orders it, for the log [default: USER of the environment]
    #[arg(long = "as", env = "POSTO_OPERATOR", value_name = "NAME", value_parser = name)]
    operator: Option<String>,
    /// Only tell what would be done
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    server: ServerArguments,
}

pub fn run(arguments: ModerateArguments) -> anyhow::Result<ExitCode> {
    super::block_on(async move {
        match arguments.action {
            Action::Flags(looking) => flags(looking).await,
            Action::Origins { since, looking } => origins(since, looking).await,
            Action::Log { limit, looking } => log(limit, looking).await,
            Action::End { station, fuel, order } => give(Act::End { station, fuel }, order).await,
            Action::Hide { station, order } => give(Act::Hide { station }, order).await,
            Action::Show { station, order } => give(Act::Show { station }, order).await,
            Action::Merge { from, into, order } => give(Act::Merge { from, into }, order).await,
            Action::Dismiss { station, order } => give(Act::Dismiss { station }, order).await,
            Action::Withdraw { origin, since, yes, order } => {
                withdraw(Act::Withdraw { origin, since }, order, yes).await
            }
        }
    })
}

async fn flags(Looking { server }: Looking) -> anyhow::Result<ExitCode> {
    let client = connect(&server).await?;
    let flags = client.flags().await.map_err(|error| client_error(error, language(&server)))?;
    client.close().await;
    told::flags(&flags, server.json, language(&server));
    Ok(ExitCode::SUCCESS)
}

async fn origins(since: Option<Timestamp>, Looking { server }: Looking) -> anyhow::Result<ExitCode> {
    let client = connect(&server).await?;
    let origins = client.origins(since).await.map_err(|error| client_error(error, language(&server)))?;
    client.close().await;
    told::origins(&origins, server.json, language(&server));
    Ok(ExitCode::SUCCESS)
}

async fn log(limit: usize, Looking { server }: Looking) -> anyhow::Result<ExitCode> {
    let client = connect(&server).await?;
    let acts = client.acts(limit).await.map_err(|error| client_error(error, language(&server)))?;
    client.close().await;
    told::acts(&acts, server.json, language(&server));
    Ok(ExitCode::SUCCESS)
}

async fn give(act: Act, order: Ordering) -> anyhow::Result<ExitCode> {
    let client = connect(&order.server).await?;
    let done = ask(&client, &act, &order, order.dry_run).await?;
    client.close().await;
    told::done(&act, &done, order.server.json, language(&order.server));
    Ok(ExitCode::SUCCESS)
}

/// Tried first, so that whoever is asked knows what it means.
async fn withdraw(act: Act, order: Ordering, yes: bool) -> anyhow::Result<ExitCode> {
    let (client, language) = (connect(&order.server).await?, language(&order.server));
    if !yes && !order.dry_run {
        let trial = ask(&client, &act, &order, true).await?;
        if trial.changed && !agreed(&trial, language)? {
            client.close().await;
            say!("{}", language.pick("nada foi retirado", "nothing was withdrawn"));
            return Ok(ExitCode::FAILURE);
        }
    }
    let done = ask(&client, &act, &order, order.dry_run).await?;
    client.close().await;
    told::done(&act, &done, order.server.json, language);
    Ok(ExitCode::SUCCESS)
}

/// Whether the person at the terminal wants what was tried.
fn agreed(trial: &Moderated, language: Language) -> anyhow::Result<bool> {
    let (pt, en) = told::would_do(trial);
    if !std::io::stdin().is_terminal() {
        let how = language.pick("para fazê-lo sem perguntas: --yes", "to do so without being asked: --yes");
        bail!("{}; {how}", language.choose(pt, en));
    }
    let question = language.pick("Retirar? [s/N]", "Withdraw? [y/N]");
    eprint!("{}. {question} ", language.choose(pt, en));
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "s" | "sim"))
}

async fn ask(client: &Client, act: &Act, order: &Ordering, dry_run: bool) -> anyhow::Result<Moderated> {
    let operator = order.operator.clone().or_else(|| std::env::var("USER").ok().and_then(|user| name(&user).ok()));
    let request = ActRequest { act: act.clone(), reason: order.reason.clone(), operator, dry_run };
    client.moderate(request).await.map_err(|error| client_error(error, language(&order.server)))
}

/// A session of our own: an order is never asked twice.
async fn connect(server: &ServerArguments) -> anyhow::Result<Client> {
    let language = language(server);
    let options = server.session.connect_options()?;
    let client = Client::connect(resolve(&server.server)?, options).await;
    Ok(client.map_err(|error| client_error(error, language))?.with_patience(PATIENCE * ORDERS_TAKE))
}

/// The original server listens on IPv4, and so does ours by default; `localhost` may name both.
fn resolve(server: &str) -> anyhow::Result<SocketAddr> {
    let addresses = server.to_socket_addrs().with_context(|| format!("cannot resolve {server}"))?;
    let addresses: Vec<_> = addresses.collect();
    let found = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first()).copied();
    found.with_context(|| format!("{server} has no address"))
}

fn language(server: &ServerArguments) -> Language {
    server.lang.unwrap_or_else(|| Language::of_environment(Language::En))
}

fn origin(text: &str) -> Result<String, String> {
    let fits = (1..=MAX_ORIGIN_CHARACTERS).contains(&text.chars().count());
    if fits { Ok(text.to_owned()) } else { Err(format!("expected 1 to {MAX_ORIGIN_CHARACTERS} characters")) }
}

fn reason(text: &str) -> Result<Label, String> {
    let longest = posto_market::limits::MAX_LABEL_CHARACTERS;
    let problem = || format!("expected 1 to {longest} characters");
    if text.chars().count() > longest { Err(problem()) } else { Label::new(text).ok_or_else(problem) }
}

fn name(text: &str) -> Result<String, &'static str> {
    station_id(text).map(|name| name.to_string())
}
