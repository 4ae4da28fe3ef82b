//! A running `posto up` for the tests that need one.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use anyhow::{Context as _, bail};

use crate::command::{self, root};

/// `posto up` on ports of the system's choice, in a directory of its own; killed when dropped.
pub struct Posto {
    child: Child,
    _data: tempfile::TempDir,
    /// Where it serves HTTP: `http://127.0.0.1:40123`.
    pub url: String,
    /// The program that was started.
    pub program: String,
}

impl Posto {
    /// Starts one with the nine sample records.
    pub fn start() -> anyhow::Result<Self> {
        command::run(command::new("cargo", ["build", "--package", "posto"]))?;
        let data = tempfile::tempdir()?;
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
        let program = target.join("debug/posto").to_string_lossy().into_owned();
        let mut up = command::new(&program, ["up", "--udp", "127.0.0.1:0", "--http", "127.0.0.1:0", "--data"]);
        let mut child = up.arg(data.path()).env("RUST_LOG", "warn").stdout(Stdio::piped()).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("its output is piped")?).lines();
        let mut address = None;
        for line in lines.by_ref().take(2) {
            address = line?.strip_prefix("http ").map(str::to_owned).or(address);
        }
        let Some(address) = address else { bail!("posto up has not told its HTTP address") };
        Ok(Self { child, _data: data, url: format!("http://{address}"), program })
    }
}

impl Drop for Posto {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
