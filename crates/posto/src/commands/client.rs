//! `posto client`: the dialogue of the original client, word for word, with line editing in a
//! terminal. What may be typed is in `client/typed.rs`, what is printed in `client/words.rs`,
//! where the lines come from in `client/input.rs`.

mod input;
mod typed;
mod words;

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use posto_client::{Client, ClientError, ConnectOptions, Notice};
use posto_session::RequestError;

use crate::language::Language;
use crate::session::SessionArguments;
use input::Input;
use typed::Typed;
use words::Words;

#[derive(Debug, Args)]
pub struct ClientArguments {
    /// The server's host
    #[arg(default_value = "127.0.0.1")]
    host: String,
    /// The server's port
    #[arg(default_value_t = 5000)]
    port: u16,
    /// Our own address, by default any
    #[arg(long, value_name = "ADDR:PORT")]
    bind: Option<SocketAddr>,
    #[command(flatten)]
    session: SessionArguments,
    /// Language of the dialogue [default: from LANG, else pt]
    #[arg(long, env = "POSTO_LANG", value_enum)]
    lang: Option<Language>,
}

pub fn run(arguments: ClientArguments) -> anyhow::Result<ExitCode> {
    let words = Words { language: arguments.lang.unwrap_or_else(|| Language::of_environment(Language::Pt)) };
    let target = (arguments.host.as_str(), arguments.port);
    let addresses = target.to_socket_addrs().with_context(|| format!("cannot resolve {}", arguments.host))?;
    let server = prefer_ipv4(addresses).with_context(|| format!("{} has no address", arguments.host))?;
    arguments.session.connect_options()?; // so that a bad key is told before anything is tried
    super::block_on(
        async move { Dialogue { server, bind: arguments.bind, session: arguments.session, words }.run().await },
    )
}

/// The original server listens on IPv4, and so does ours by default; `localhost` may name both.
fn prefer_ipv4(addresses: impl Iterator<Item = SocketAddr>) -> Option<SocketAddr> {
    let addresses: Vec<_> = addresses.collect();
    addresses.iter().find(|address| address.is_ipv4()).or(addresses.first()).copied()
}

struct Dialogue {
    server: SocketAddr,
    bind: Option<SocketAddr>,
    session: SessionArguments,
    words: Words,
}

impl Dialogue {
    async fn run(self) -> anyhow::Result<ExitCode> {
        let Some(mut client) = self.connect().await? else { return Ok(ExitCode::FAILURE) };
        say!("{}", self.words.connected());
        let mut input = Input::open(self.words.prompt())?;
        while let Some(line) = input.next_line().await? {
            match typed::read(&line, client.kind()) {
                Ok(Typed::Leave) => break,
                Ok(Typed::Help) => say!("{}", self.words.help(client.kind())),
                Ok(Typed::Command(command)) => {
                    if !self.ask(&mut client, &command).await? {
                        return Ok(ExitCode::FAILURE);
                    }
                }
                Err(mistake) => say!("{}", self.words.mistake(&mistake, client.kind())),
            }
        }
        client.close().await;
        Ok(ExitCode::SUCCESS)
    }

    /// A session, or `None` where nobody answers; that has been said then.
    async fn connect(&self) -> anyhow::Result<Option<Client>> {
        let words = self.words;
        let notify = move |notice| match notice {
            Notice::StillConnecting(number) => say!("{}", words.still_connecting(number)),
            Notice::Retransmitted(again) if again.of.is_none_or(|of| again.number <= of) => {
                say!("{}", words.retransmission(again));
            }
            Notice::Retransmitted(_) => {}
            Notice::Reopening => say!("{}", words.reconnecting()),
        };
        let options = ConnectOptions { bind: self.bind, notify: Box::new(notify), ..self.session.connect_options()? };
        match Client::connect(self.server, options).await {
            Ok(client) => Ok(Some(client)),
            Err(ClientError::Silent { .. }) => {
                say!("{}", self.words.server_silent());
                Ok(None)
            }
            Err(ClientError::NoSession(text)) => {
                say!("{}", self.words.server_refused(&text));
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Asks and prints the answer. Where the server has forgotten the session (it was restarted,
    /// say) a new one is opened; only what changes nothing is asked again there. `false` where
    /// that fails.
    async fn ask(&self, client: &mut Client, command: &typed::Command) -> anyhow::Result<bool> {
        match client.raw(command.to_value()).await {
            Ok(answer) => say!("{}", self.words.answer(command, &answer)),
            Err(RequestError::SessionLost | RequestError::Closed) => {
                say!("{}", self.words.reconnecting());
                tokio::time::sleep(Duration::from_millis(100)).await;
                let Some(again) = self.connect().await? else { return Ok(false) };
                *client = again;
                let asked = if command.changes_nothing() { client.raw(command.to_value()).await.ok() } else { None };
                match asked {
                    Some(answer) => say!("{}", self.words.answer(command, &answer)),
                    None => say!("{}", self.words.failed()),
                }
            }
            Err(_) => say!("{}", self.words.failed()),
        }
        Ok(true)
    }
}
