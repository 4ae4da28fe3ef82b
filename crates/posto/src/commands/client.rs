//! `posto client`: the dialogue of the original client, word for word, with line editing in a
//! terminal; or a menu (`client/menu.rs`). What may be typed at the prompt is in
//! `crates/line/src/syntax.rs`, what is printed in `client/words.rs`, where the lines come from in
//! `client/input.rs`, by which way the server is asked in `client/reached.rs`.

mod input;
mod menu;
mod reached;
mod words;

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use posto_client::{Client, ClientError, ConnectOptions, Notice};
use posto_line::Connection;
use posto_line::syntax::{self, Typed};
use posto_session::limits::V1_CONNECT_TIMEOUT;

use crate::config::interfaces;
use crate::language::Language;
use crate::session::{Level, SessionArguments};
use input::Input;
use menu::Menu;
use reached::{Reached, Unanswered};
use words::{Words, fuels_of};

/// How long an answer is waited for at the prompt, and in the menu.
const PATIENCE: Duration = Duration::from_secs(5);
const MENU_PATIENCE: Duration = Duration::from_secs(10);

/// How long UDP is tried where TCP may follow.
const UDP_PATIENCE: Duration = Duration::from_secs(5);

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
    /// Look for the server on the local network, where it was started with --lan
    #[arg(long, conflicts_with_all = ["host", "port"])]
    lan: bool,
    /// Our own addresses on the interfaces to look on, with commas between [default: all of them]
    #[arg(long, env = "POSTO_LAN_INTERFACE", value_name = "ADDR,…", default_value = "", hide_default_value = true)]
    lan_interface: String,
    /// Show a numbered menu instead of the prompt
    #[arg(long)]
    menu: bool,
    /// Where nobody answers over UDP, go on over TCP, on this port [default: the same as UDP's]
    #[arg(long, value_name = "PORT", num_args = 0..=1, require_equals = true, default_missing_value = "0")]
    tcp: Option<u16>,
    /// How long to wait for the server: `10s`, `500ms` [default: 5s for an answer, 10s in the menu; 25s to connect,
    /// 5s with --tcp]
    #[arg(long, value_name = "TIME", value_parser = crate::patience::patience)]
    timeout: Option<Duration>,
    #[command(flatten)]
    session: SessionArguments,
    /// Language of the dialogue [default: from LANG, else pt]
    #[arg(long, env = "POSTO_LANG", value_enum)]
    lang: Option<Language>,
}

pub fn run(arguments: ClientArguments) -> anyhow::Result<ExitCode> {
    let words = Words { language: arguments.lang.unwrap_or_else(|| Language::of_environment(Language::Pt)) };
    let server =
        if arguments.lan { found(&arguments.lan_interface, words)? } else { resolve(&arguments.host, arguments.port)? };
    arguments.session.connect_options()?; // so that a bad key is told before anything is tried
    let tcp = arguments.tcp.map(|port| if port == 0 { server } else { SocketAddr::new(server.ip(), port) });
    if tcp.is_some() && (arguments.session.psk_file.is_some() || arguments.session.protocol == Level::V2) {
        bail!("--tcp proves nothing: it does not go with --psk-file, nor with --protocol v2");
    }
    let asked = if arguments.menu { MENU_PATIENCE } else { PATIENCE };
    let opened = if tcp.is_some() { UDP_PATIENCE } else { V1_CONNECT_TIMEOUT };
    let dialogue = Dialogue {
        server,
        tcp,
        bind: arguments.bind,
        patience: arguments.timeout.unwrap_or(asked),
        connect_patience: arguments.timeout.unwrap_or(opened),
        session: arguments.session,
        words,
    };
    super::block_on(async move { dialogue.run(arguments.menu).await })
}

/// The server that makes itself known on the local network.
fn found(interface: &str, words: Words) -> anyhow::Result<SocketAddr> {
    let interfaces = interfaces(interface).map_err(|expected| anyhow!("--lan-interface: {interface:?}: {expected}"))?;
    let server = posto_lan::find(&interfaces)?.with_context(|| words.nobody_known())?;
    say!("{}", words.found(server));
    Ok(server)
}

/// The address of a server; of several one of IPv4: the original server listens there, and so does
/// ours by default, while `localhost` may name both.
pub fn resolve(host: &str, port: u16) -> anyhow::Result<SocketAddr> {
    let (host, port) = host_and_port(host, port);
    let addresses = (host, port).to_socket_addrs().with_context(|| format!("cannot resolve {host}"))?;
    let addresses: Vec<_> = addresses.collect();
    let preferred = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
    preferred.copied().with_context(|| format!("{host} has no address"))
}

/// How the server is reached, and in which words that is told.
struct Dialogue {
    server: SocketAddr,
    /// Where TCP may follow.
    tcp: Option<SocketAddr>,
    bind: Option<SocketAddr>,
    /// How long an answer is waited for.
    patience: Duration,
    /// How long the session may take to open.
    connect_patience: Duration,
    session: SessionArguments,
    words: Words,
}

impl Dialogue {
    async fn run(self, menu: bool) -> anyhow::Result<ExitCode> {
        let Some(mut server) = self.connect().await? else { return Ok(ExitCode::FAILURE) };
        say!("{}", self.words.connected());
        let mut input = Input::open()?;
        if menu {
            return Menu::new(self, server, input).run().await;
        }
        while let Some(line) = input.command(self.words.prompt()).await? {
            if line.trim().eq_ignore_ascii_case("menu") {
                return Menu::new(self, server, input).run().await;
            }
            match syntax::read(&line, fuels_of(server.kind())) {
                Ok(Typed::Leave) => break,
                Ok(Typed::Help) => say!("{}", self.words.help(server.kind())),
                Ok(Typed::Command(command)) => {
                    if !self.ask(&mut server, &command).await? {
                        return Ok(ExitCode::FAILURE);
                    }
                }
                Err(mistake) => say!("{}", self.words.mistake(mistake, server.kind())),
            }
        }
        server.close().await;
        Ok(ExitCode::SUCCESS)
    }

    /// The server, or `None` where nobody answers; that has been said then.
    async fn connect(&self) -> anyhow::Result<Option<Reached>> {
        let words = self.words;
        let notify = move |notice| match notice {
            Notice::StillConnecting(number) => say!("{}", words.still_connecting(number)),
            Notice::Retransmitted(again) if again.of.is_none_or(|of| again.number <= of) => {
                say!("{}", words.retransmission(again));
            }
            Notice::Retransmitted(_) => {}
            Notice::Reopening => say!("{}", words.reconnecting()),
        };
        let options = ConnectOptions {
            bind: self.bind,
            timeout: self.connect_patience,
            notify: Box::new(notify),
            ..self.session.connect_options()?
        };
        match (Client::connect(self.server, options).await, self.tcp) {
            (Ok(client), _) => Ok(Some(Reached::Udp(client.with_patience(self.patience)))),
            (Err(ClientError::Silent { .. }), Some(tcp)) => Ok(self.over_tcp(tcp).await),
            (Err(ClientError::Silent { with_key, .. }), None) => {
                say!("{}", words.server_silent());
                if with_key {
                    say!("{}", words.perhaps_the_key());
                }
                Ok(None)
            }
            (Err(ClientError::NoSession(text)), _) => {
                say!("{}", words.server_refused(&text));
                Ok(None)
            }
            (Err(error), _) => Err(error.into()),
        }
    }

    async fn over_tcp(&self, address: SocketAddr) -> Option<Reached> {
        match Connection::open(address, self.bind, self.connect_patience).await {
            Ok(line) => {
                say!("{}", self.words.over_tcp(address));
                Some(Reached::Line(line, self.patience))
            }
            Err(error) => {
                say!("{}\n{}", self.words.server_silent().trim_end(), self.words.tcp_failed(&error));
                None
            }
        }
    }

    /// Asks and prints the answer. Where the server has forgotten the session (it was restarted,
    /// say) a new one is opened; only what changes nothing is asked again there. `false` where
    /// that fails.
    async fn ask(&self, server: &mut Reached, command: &syntax::Command) -> anyhow::Result<bool> {
        match server.say(command).await {
            Ok(answer) => say!("{}", self.words.answer(command, &answer)),
            Err(Unanswered::Gone) => {
                if !self.reconnect(server).await? {
                    return Ok(false);
                }
                let asked = if command.changes_nothing() { server.say(command).await.ok() } else { None };
                match asked {
                    Some(answer) => say!("{}", self.words.answer(command, &answer)),
                    None => say!("{}", self.words.failed()),
                }
            }
            Err(Unanswered::Failed) => say!("{}", self.words.failed()),
        }
        Ok(true)
    }

    /// Another session in place of one that the server has forgotten; `false` where there is none.
    async fn reconnect(&self, server: &mut Reached) -> anyhow::Result<bool> {
        say!("{}", self.words.reconnecting());
        tokio::time::sleep(Duration::from_millis(100)).await;
        let Some(again) = self.connect().await? else { return Ok(false) };
        *server = again;
        Ok(true)
    }
}
/// `HOST:PORT`, as the other commands name a server, is understood here, too.
fn host_and_port(host: &str, port: u16) -> (&str, u16) {
    let told = host.rsplit_once(':').filter(|(name, _)| !name.contains(':') || name.ends_with(']'));
    let (name, port) = told.and_then(|(name, told)| Some((name, told.parse().ok()?))).unwrap_or((host, port));
    (name.trim_start_matches('[').trim_end_matches(']'), port)
}

#[cfg(test)]
mod tests {
    use super::host_and_port;

    #[test]
    fn a_port_may_stand_behind_the_host() {
        for (given, host, port) in [
            ("127.0.0.1:5001", "127.0.0.1", 5001),
            ("localhost:1", "localhost", 1),
            ("[::1]:5001", "::1", 5001),
            ("localhost", "localhost", 5000),
            ("::1", "::1", 5000),
            ("[::1]", "::1", 5000),
            ("localhost:http", "localhost:http", 5000),
        ] {
            assert_eq!(host_and_port(given, 5000), (host, port), "{given}");
        }
    }
}
