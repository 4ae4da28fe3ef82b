//! A server of this program in a process of its own, for one run: so that its processor time can be
//! told from ours.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};

/// A running server; it ends when this is dropped.
pub struct Process {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    // Kept open: a server whose standard output is closed might complain.
    _stdout: BufReader<ChildStdout>,
    _data: TempDir,
}

impl Process {
    /// The fuel-price server with the sample prices.
    pub async fn server() -> anyhow::Result<Self> {
        Self::start(&["serve", "--udp", "127.0.0.1:0"], "udp ").await
    }

    /// The raw echo.
    pub async fn echo() -> anyhow::Result<Self> {
        Self::start(&["bench", "echo", "--udp", "127.0.0.1:0"], "udp ").await
    }

    /// Server and gateway in one, with the sample prices: its HTTP address.
    pub async fn up() -> anyhow::Result<Self> {
        Self::start(&["up", "--udp", "127.0.0.1:0", "--http", "127.0.0.1:0"], "http ").await
    }

    /// The bare handler with answers of so many bytes.
    pub async fn bare_http(bytes: usize) -> anyhow::Result<Self> {
        Self::start(&["bench", "bare-http", "--http", "127.0.0.1:0", "--bytes", &bytes.to_string()], "http ").await
    }

    /// Starts it and waits for the line with its address.
    async fn start(arguments: &[&str], before_address: &str) -> anyhow::Result<Self> {
        let data = tempfile::tempdir()?;
        let mut child = Command::new(std::env::current_exe().context("this program's own file")?)
            .args(arguments)
            .env("POSTO_DATA", data.path())
            .current_dir(data.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("cannot start a server")?;
        let stdout = child.stdout.take().context("the server's output")?;
        let mut lines = BufReader::new(stdout).lines();
        loop {
            let line = lines.next_line().await?.context("the server ended before it had said its address")?;
            if let Some(address) = line.strip_prefix(before_address) {
                let address = address.parse().context("the server's address")?;
                return Ok(Self { address, child, _stdout: lines.into_inner(), _data: data });
            }
        }
    }

    /// The processor time that it has taken so far; `None` where the system does not tell.
    pub fn cpu_time(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()?)).ok()?;
        // Fields 14 and 15 of proc_pid_stat(5), in ticks of 1/100 s on Linux; the second field may
        // hold blanks, and ends with the last parenthesis.
        let (_, after_name) = stat.rsplit_once(')')?;
        let ticks = after_name.split_ascii_whitespace().skip(11).take(2).map(str::parse::<u64>);
        let ticks = ticks.sum::<Result<u64, _>>().ok()?;
        Some(Duration::from_millis(ticks * 10))
    }

    /// The processor time since then.
    pub fn cpu_since(&self, before: Option<Duration>) -> Option<Duration> {
        Some(self.cpu_time()?.saturating_sub(before?)).filter(|taken| !taken.is_zero())
    }
}
