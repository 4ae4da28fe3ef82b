//! The command line. Settings that a file or the environment can hold too are read in `config.rs`.

use clap::{Args, Parser, Subcommand};

use crate::commands;
use crate::config::{ClusterSettings, NewStreamSettings};
use crate::language::Language;
use crate::session::SessionArguments;

/// Finds the cheapest fuel near you and lets anyone report a price.
#[derive(Debug, Parser)]
#[command(name = "posto", version, max_term_width = 100)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start everything: the fuel-price server, the HTTP gateway and the page
    Up(Box<UpArguments>),
    /// Start the fuel-price server alone (reliable UDP, and lines over TCP if you like)
    Serve(Box<ServeArguments>),
    /// Start the HTTP gateway alone, in front of a running server
    Gateway(GatewayArguments),
    /// Talk to a server at a prompt; reads commands from standard input when that is no terminal
    Client(commands::client::ClientArguments),
    /// Say whether a server is there, how far away, and what gets lost; exit code 1 when it is silent
    Ping(commands::ping::PingArguments),
    /// Report a price
    Report(commands::report::ReportArguments),
    /// Find the cheapest station; exit code 3 when there is none
    Cheapest(commands::cheapest::CheapestArguments),
    /// List the stations of an area, ranked; exit code 3 when there is none
    List(commands::list::ListArguments),
    /// Ask whether a server answers: exit code 0 where it does
    Health(commands::health::HealthArguments),
    /// Show what a station's prices were, with a chart when standard output is a terminal
    History(commands::history::HistoryArguments),
    /// Import a public price feed into a running server
    Import(commands::import::ImportArguments),
    /// Keep the data clean: end prices, hide or merge stations, withdraw what an origin reported
    Moderate(commands::moderate::ModerateArguments),
    /// Copy the prices into one file, also while a server runs; it is a complete journal
    Backup(commands::backup::BackupArguments),
    /// Look through the file of prices, also while a server runs; exit code 1 when it is damaged
    Verify(commands::verify::VerifyArguments),
    /// Write the current prices as dados.json, CSV or GeoJSON, also while a server runs
    Export(commands::export::ExportArguments),
    /// Print the remarks and prices that are told on the local network
    Feed(commands::feed::FeedArguments),
    /// Tell the local network something, a line at a time
    Talk(commands::talk::TalkArguments),
    /// Stand between clients and a server as a bad network: lose, repeat, delay, damage datagrams
    Relay(commands::relay::RelayArguments),
    /// Show how the stream stands that several servers share (`--cluster`), and each of them to it
    Cluster(commands::cluster::ClusterArguments),
    /// Make a key that a server and its writers share
    Key(commands::key::KeyArguments),
    /// Make, list and take back the tokens of those who may report over HTTP
    Token(commands::token::TokenArguments),
    /// Measure this machine: requests per second beside the limit
    Bench(commands::bench::BenchArguments),
    /// Print the OpenAPI document of the HTTP API
    Openapi,
    /// Write the manual pages, one for each command, into a directory
    Man {
        /// The directory; made where it does not exist
        directory: std::path::PathBuf,
    },
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Settings of `up`.
#[derive(Debug, Args)]
pub struct UpArguments {
    #[command(flatten)]
    server: ServerSettings,
    #[command(flatten)]
    gateway: GatewaySettings,
    #[command(flatten)]
    common: CommonSettings,
}

/// Settings of `serve`.
#[derive(Debug, Args)]
pub struct ServeArguments {
    #[command(flatten)]
    server: ServerSettings,
    #[command(flatten)]
    common: CommonSettings,
}

/// Settings of `gateway`.
#[derive(Debug, Args)]
pub struct GatewayArguments {
    /// The UDP servers that the gateway asks: those of one cluster share everything, a name with several
    /// addresses is as many servers. Of others the first takes the writes, and copies of its journal
    /// answer for it what changes nothing [default: 127.0.0.1:5000]
    #[arg(long, env = "POSTO_SERVER", value_name = "HOST:PORT", value_delimiter = ',')]
    server: Vec<String>,
    /// Servers of other books, asked what changes nothing where no other answers
    #[arg(long, env = "POSTO_FALLBACK_SERVER", value_name = "HOST:PORT", value_delimiter = ',')]
    fallback_server: Vec<String>,
    /// File with the server's key, where it has one
    #[arg(long, env = "POSTO_PSK_FILE", value_name = "FILE")]
    psk_file: Option<String>,
    #[command(flatten)]
    open_writes: OpenWritesSetting,
    #[command(flatten)]
    gateway: GatewaySettings,
    #[command(flatten)]
    common: CommonSettings,
}

/// Every setting of `up`, `serve` and `gateway`: flag, else environment, else posto.toml, else
/// default. They are read as text here and checked all together in `config.rs`.
#[derive(Debug, Default)]
pub struct Settings {
    pub server: ServerSettings,
    pub gateway: GatewaySettings,
    pub common: CommonSettings,
    /// The UDP servers that the gateway asks, with commas between.
    pub ask: Option<String>,
    /// Those of other books, with commas between.
    pub fallback: Option<String>,
}

impl From<UpArguments> for Settings {
    fn from(UpArguments { server, gateway, common }: UpArguments) -> Self {
        Self { server, gateway, common, ..Self::default() }
    }
}

impl From<ServeArguments> for Settings {
    fn from(ServeArguments { server, common }: ServeArguments) -> Self {
        Self { server, common, ..Self::default() }
    }
}

impl From<GatewayArguments> for Settings {
    fn from(arguments: GatewayArguments) -> Self {
        let GatewayArguments { server, fallback_server, psk_file, open_writes, gateway, common } = arguments;
        let key = ServerSettings { psk_file, open_writes, ..ServerSettings::default() };
        let list = |names: Vec<String>| (!names.is_empty()).then(|| names.join(","));
        Self { server: key, gateway, common, ask: list(server), fallback: list(fallback_server) }
    }
}

/// Settings of the UDP server.
#[derive(Debug, Args, Default)]
pub struct ServerSettings {
    /// Address of the UDP server [default: 127.0.0.1:5000]
    #[arg(long, env = "POSTO_UDP", value_name = "ADDR")]
    pub udp: Option<String>,
    /// Also listen here for lines over TCP, for networks that block UDP (`nc`, telnet, `posto client --tcp`)
    #[arg(long, env = "POSTO_TCP", value_name = "ADDR")]
    pub tcp: Option<String>,
    /// Make the server known on the local network (DNS-SD), and tell new prices there by multicast (`posto feed`)
    #[arg(long, env = "POSTO_LAN")]
    pub lan: bool,
    /// The multicast group of --lan [default: 224.3.29.71:5007]
    #[arg(long, env = "POSTO_LAN_GROUP", value_name = "ADDR:PORT")]
    pub lan_group: Option<String>,
    /// Our own addresses on the interfaces that --lan uses, with commas between [default: DNS-SD on all, multicast where the system likes]
    #[arg(long, env = "POSTO_LAN_INTERFACE", value_name = "ADDR,…")]
    pub lan_interface: Option<String>,
    /// Directory that keeps the prices [default: ./posto-data]
    #[arg(long, env = "POSTO_DATA", value_name = "DIR")]
    pub data: Option<String>,
    /// What a new directory starts with: a dados.json, or `none` [default: nine sample prices]
    #[arg(long, env = "POSTO_SEED", value_name = "FILE|none")]
    pub seed: Option<String>,
    /// How long past prices are kept: `400d`, `36h`, or `all`; current ones always are [default: all]
    #[arg(long, env = "POSTO_KEEP_HISTORY", value_name = "TIME|all")]
    pub keep_history: Option<String>,
    /// Currency of reports where no price is near to go by [default: BRL]
    #[arg(long, env = "POSTO_CURRENCY", value_name = "CODE")]
    pub currency: Option<String>,
    /// File with a key (`posto key new`): with it, only clients that have it too may report prices
    #[arg(long, env = "POSTO_PSK_FILE", value_name = "FILE")]
    pub psk_file: Option<String>,
    /// What v1 clients may do [default: read-write]
    #[arg(long, env = "POSTO_V1", value_name = "read-write|read|off")]
    pub v1: Option<String>,
    #[command(flatten)]
    pub open_writes: OpenWritesSetting,
    /// Ports that sessions live on: `shared`, or FIRST-LAST as the original server does [default: shared]
    #[arg(long, env = "POSTO_SESSION_PORTS", value_name = "shared|FIRST-LAST")]
    pub session_ports: Option<String>,
    #[command(flatten)]
    pub cluster: ClusterSettings,
    #[command(flatten)]
    pub new_stream: NewStreamSettings,
}

/// Who may write where not everyone may anyway: the same for UDP and HTTP.
#[derive(Debug, Args, Default)]
pub struct OpenWritesSetting {
    /// Who may report prices, over UDP and HTTP, on a public address without a key or tokens, and beside
    /// them: everyone (`yes`, also when no value is given), or everyone within limits (`limited`: so many
    /// reports a minute from one address, and a price under an hour old from a feed, a key or a token stays
    /// until a second address reports the same) [default: no]
    #[arg(long, env = "POSTO_OPEN_WRITES", value_name = "yes|limited|no", num_args = 0..=1, default_missing_value = "yes")]
    pub open_writes: Option<String>,
}

/// Settings of the HTTP gateway.
#[derive(Debug, Args, Default)]
pub struct GatewaySettings {
    /// Address of the HTTP gateway [default: 127.0.0.1:8080]
    #[arg(long, env = "POSTO_HTTP", value_name = "ADDR")]
    pub http: Option<String>,
    /// Serve HTTPS alone, with this certificate (PEM, its chain after it); SIGHUP loads it again
    #[arg(long, env = "POSTO_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<String>,
    /// The certificate's private key (PEM, without a password)
    #[arg(long, env = "POSTO_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<String>,
    /// Where the page takes its map tiles: a URL with {z}, {x}, {y}, or `none` [default: OpenStreetMap]
    #[arg(long, env = "POSTO_TILES", value_name = "URL|none")]
    pub tiles: Option<String>,
    /// Serve the page from this directory instead of from the program
    #[arg(long, env = "POSTO_WEB_DIR", value_name = "DIR")]
    pub web_dir: Option<String>,
    /// File with the tokens (`posto token new`) of those who may report over HTTP; read again at SIGHUP
    #[arg(long, env = "POSTO_TOKENS", value_name = "FILE")]
    pub tokens: Option<String>,
    /// Proxies whose X-Forwarded-For is believed: networks such as 10.0.0.0/8, with commas between
    #[arg(long, env = "POSTO_TRUSTED_PROXY", value_name = "CIDR,…")]
    pub trusted_proxy: Option<String>,
    /// Searches of one address, an IPv6 /64 counting as one: 20/s, 1200/m, … or `none`; this machine is not
    /// limited [default: 1200/m]
    #[arg(long, env = "POSTO_READ_RATE", value_name = "RATE|none")]
    pub read_rate: Option<String>,
    /// Reports without a token of one address, likewise [default: 30/m]
    #[arg(long, env = "POSTO_WRITE_RATE", value_name = "RATE|none")]
    pub write_rate: Option<String>,
    /// Reports with one token, wherever they come from [default: 600/m]
    #[arg(long, env = "POSTO_TOKEN_WRITE_RATE", value_name = "RATE|none")]
    pub token_write_rate: Option<String>,
}

/// Settings of every server.
#[derive(Debug, Args, Default)]
pub struct CommonSettings {
    /// Form of the log on standard error: `text` or `json` [default: text]
    #[arg(long, env = "POSTO_LOG", value_name = "text|json")]
    pub log: Option<String>,
    /// Serve the metrics at this address: `/metrics`, for Prometheus. Without it `up` and `gateway` serve
    /// them among their routes to programs on this machine, `serve` not at all
    #[arg(long, env = "POSTO_METRICS", value_name = "ADDR")]
    pub metrics: Option<String>,
    /// Log every request
    #[arg(long, short, env = "POSTO_VERBOSE")]
    pub verbose: bool,
    /// Settings file [default: posto.toml, where there is one]
    #[arg(long, env = "POSTO_CONFIG", value_name = "FILE")]
    pub config: Option<String>,
}

/// Which directory of prices a command works on.
#[derive(Debug, Args, Clone)]
pub struct DataArguments {
    /// Directory that keeps the prices [default: ./posto-data]
    #[arg(long, env = "POSTO_DATA", value_name = "DIR")]
    pub data: Option<String>,
    /// Settings file [default: posto.toml, where there is one]
    #[arg(long, env = "POSTO_CONFIG", value_name = "FILE")]
    pub config: Option<String>,
}

/// Which server a client command talks to, and how.
#[derive(Debug, Args, Clone)]
pub struct ServerArguments {
    /// The server
    #[arg(long, env = "POSTO_SERVER", value_name = "HOST:PORT", default_value = "127.0.0.1:5000")]
    pub server: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Language of what is printed [default: from LANG, else en]
    #[arg(long, env = "POSTO_LANG", value_enum)]
    pub lang: Option<Language>,
    #[command(flatten)]
    pub session: SessionArguments,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
