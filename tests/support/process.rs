//! Real processes: the `posto` binary and the Python peers, started on ports that the system
//! chooses and killed, by process id, when the test lets go of them.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The project's root.
#[must_use]
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ stands in the project's root")
}

/// Real data and captures beside the project, or `None` (with a word) where they are not.
#[must_use]
pub fn shared(path: &str) -> Option<PathBuf> {
    let path = root().join("../shared/data").join(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is not here", path.display());
    None
}

/// The `posto` binary of this build, built first if need be; or the one that `POSTO_BINARY` names.
pub fn posto_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        if let Some(binary) = std::env::var_os("POSTO_BINARY") {
            return binary.into();
        }
        let test = std::env::current_exe().expect("a test has an executable");
        let profile = test.parent().and_then(Path::parent).expect("target/<profile>/deps/<test>");
        let mut build = Command::new(env!("CARGO"));
        build.current_dir(root()).args(["build", "--quiet", "--package", "posto"]);
        // What cargo told this test of its package: with it, cargo would build ring again, and all that needs it.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
                build.env_remove(name);
            }
        }
        if profile.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().expect("cargo runs").success(), "posto does not build");
        profile.join("posto")
    })
}

/// `posto` with these arguments and nothing of the tester's own settings.
pub fn posto(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(posto_binary());
    command.args(arguments).env_remove("LANG").env_remove("LC_ALL").env_remove("LC_MESSAGES").env("RUST_LOG", "warn");
    command
}

/// Runs a command to its end with this on its standard input.
///
/// # Panics
/// Where it does not start, or has not ended after `patience`.
pub fn run(command: &mut Command, input: &str, patience: Duration) -> Output {
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    // A program that ends early closes its input; what it printed tells why.
    let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
    let (mut out, mut err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
    let reading = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        out.read_to_end(&mut bytes).map(|_| bytes)
    });
    let erring = std::thread::spawn(move || {
        let mut bytes = Vec::new();
        err.read_to_end(&mut bytes).map(|_| bytes)
    });
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("it can be waited for") {
            break status;
        }
        if started.elapsed() > patience {
            let _ = child.kill();
            panic!("{command:?} has not ended after {patience:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let stdout = reading.join().expect("no panic").expect("readable");
    let stderr = erring.join().expect("no panic").expect("readable");
    Output { status, stdout, stderr }
}

/// A process that serves; it is killed when dropped.
pub struct Serving {
    child: Child,
    // Kept open: a server whose standard output is closed might complain.
    stdout: BufReader<ChildStdout>,
    /// Where it serves reliable UDP.
    pub udp: Option<SocketAddr>,
    /// Where it takes lines over TCP.
    pub tcp: Option<SocketAddr>,
    /// Where it serves HTTP.
    pub http: Option<SocketAddr>,
    /// Where it serves its metrics, where that is an address of their own.
    pub metrics: Option<SocketAddr>,
}

impl Serving {
    /// Starts a command and waits until it has printed this many bound addresses.
    ///
    /// # Panics
    /// Where it ends or prints something else first.
    pub fn start(command: &mut Command, addresses: usize) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
        let (mut udp, mut tcp, mut http, mut metrics) = (None, None, None, None);
        for _ in 0..addresses {
            let mut line = String::new();
            stdout.read_line(&mut line).expect("readable");
            let bound = line.trim().split_once(' ').and_then(|(kind, address)| Some((kind, address.parse().ok()?)));
            match bound {
                Some(("udp", address)) => udp = Some(address),
                Some(("tcp", address)) => tcp = Some(address),
                Some(("http" | "https", address)) => http = Some(address),
                Some(("metrics", address)) => metrics = Some(address),
                _ => panic!("{command:?} printed {line:?} instead of an address; it ended: {:?}", child.try_wait()),
            }
        }
        Self { child, stdout, udp, tcp, http, metrics }
    }

    /// `posto up` with a data directory and further arguments.
    pub fn up(data: &Path, arguments: &[&str]) -> Self {
        let fixed = ["up", "--udp", "127.0.0.1:0", "--http", "127.0.0.1:0"];
        Self::start(posto(fixed).arg("--data").arg(data).args(arguments), 2)
    }

    /// `posto serve` with a data directory and further arguments.
    pub fn serve(data: &Path, arguments: &[&str]) -> Self {
        Self::start(posto(["serve", "--udp", "127.0.0.1:0"]).arg("--data").arg(data).args(arguments), 1)
    }

    /// `posto serve` with the TCP line, a data directory and further arguments.
    pub fn serve_lines(data: &Path, arguments: &[&str]) -> Self {
        let fixed = ["serve", "--udp", "127.0.0.1:0", "--tcp", "127.0.0.1:0"];
        Self::start(posto(fixed).arg("--data").arg(data).args(arguments), 2)
    }

    /// `posto gateway` in front of a server.
    pub fn gateway(server: SocketAddr) -> Self {
        Self::start(&mut posto(["gateway", "--http", "127.0.0.1:0", "--server", &server.to_string()]), 1)
    }

    /// Where it serves reliable UDP.
    ///
    /// # Panics
    /// Where it does not.
    #[must_use]
    pub fn udp(&self) -> SocketAddr {
        self.udp.expect("it serves UDP")
    }

    /// Where it takes lines over TCP.
    ///
    /// # Panics
    /// Where it does not.
    #[must_use]
    pub fn tcp(&self) -> SocketAddr {
        self.tcp.expect("it takes lines")
    }

    /// Where it serves HTTP.
    ///
    /// # Panics
    /// Where it does not.
    #[must_use]
    pub fn http(&self) -> SocketAddr {
        self.http.expect("it serves HTTP")
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal, such as `TERM`, `STOP`, `CONT`; after `STOP` it has stopped.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
        assert!(sent.expect("kill runs").success());
        // A thread on another core goes on for a moment, long enough to answer.
        while name == "STOP" && !self.has_stopped() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Whether every thread of it has stopped, or the machine does not tell.
    fn has_stopped(&self) -> bool {
        let Ok(threads) = std::fs::read_dir(format!("/proc/{}/task", self.child.id())) else { return true };
        threads.flatten().all(|thread| {
            // The state follows the name in parentheses (proc(5)).
            let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with(['T', 'Z']))
        })
    }

    /// kill -9, and waits until it is gone.
    pub fn kill(mut self) {
        self.end();
    }

    /// SIGTERM, and waits until it has ended by itself.
    ///
    /// # Panics
    /// Where it takes more than 15 s or ends with an error.
    pub fn terminate(mut self) {
        self.wait_for_its_end();
    }

    /// The same, and what it printed after its addresses; that must fit into a pipe.
    ///
    /// # Panics
    /// As [`Serving::terminate`], and where it printed something that is no text.
    #[must_use]
    pub fn terminate_and_read(mut self) -> String {
        self.wait_for_its_end();
        let mut printed = String::new();
        self.stdout.read_to_string(&mut printed).expect("text");
        printed
    }

    fn wait_for_its_end(&mut self) {
        self.signal("TERM");
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(15) {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                assert!(status.success(), "it ended with {status}");
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("it has not ended 15 s after SIGTERM");
    }

    fn end(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.end();
    }
}

/// A Python program of `tests/python`.
#[must_use]
pub fn python(script: &str) -> Command {
    let mut command = Command::new("python3");
    command.arg(root().join("tests/python").join(script)).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}
