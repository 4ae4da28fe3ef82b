//! How a command's session with the server speaks: which level, and under which key.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use posto_client::{ConnectOptions, PoolOptions};
use posto_session::{Protocol, Psk};

/// Fewest bytes of a key file.
pub const MIN_KEY_BYTES: usize = posto_wire::limits::MIN_PSK_BYTES;

/// Flags of every command that speaks with a server.
#[derive(Debug, Args, Clone, Default)]
pub struct SessionArguments {
    /// File with the key that the server has too (`posto key new`); nobody without it is believed
    #[arg(long, env = "POSTO_PSK_FILE", value_name = "FILE", global = true)]
    pub psk_file: Option<PathBuf>,
    /// Level of the protocol to speak
    #[arg(long, env = "POSTO_PROTOCOL", value_enum, default_value = "any", global = true)]
    pub protocol: Level,
}

/// `--protocol`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Level {
    /// v2 where the server speaks it, else v1
    #[default]
    Any,
    /// v1, as the 2019 clients do
    V1,
    /// v2 or nothing
    V2,
}

impl From<Level> for Protocol {
    fn from(level: Level) -> Self {
        match level {
            Level::Any => Self::Any,
            Level::V1 => Self::V1,
            Level::V2 => Self::V2,
        }
    }
}

impl SessionArguments {
    /// What a session is opened with.
    ///
    /// # Errors
    /// What is wrong with the key file, or that v1 knows no keys.
    pub fn connect_options(&self) -> anyhow::Result<ConnectOptions> {
        let (protocol, psk) = self.checked()?;
        Ok(ConnectOptions { protocol, psk, ..ConnectOptions::default() })
    }

    /// What a pool of sessions with this server is made with.
    ///
    /// # Errors
    /// As [`Self::connect_options`].
    pub fn pool_options(&self, server: &str) -> anyhow::Result<PoolOptions> {
        let (protocol, psk) = self.checked()?;
        Ok(PoolOptions { protocol, psk, ..PoolOptions::new(server) })
    }

    fn checked(&self) -> anyhow::Result<(Protocol, Option<Psk>)> {
        let psk = self.psk_file.as_deref().map(read_key).transpose()?;
        if psk.is_some() && self.protocol == Level::V1 {
            bail!("--psk-file needs v2: v1 knows no keys (--protocol v1)");
        }
        Ok((self.protocol.into(), psk))
    }
}

/// The key in this file.
///
/// # Errors
/// The file cannot be read, or is too short for a key.
pub fn read_key(path: &Path) -> anyhow::Result<Psk> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read the key file {}", path.display()))?;
    Psk::from_bytes(&bytes).with_context(|| {
        format!("{}: a key has at least {MIN_KEY_BYTES} bytes; `posto key new FILE` makes one", path.display())
    })
}
