//! Standard output. Where nobody reads it any more (`posto … | head`) the program ends quietly;
//! where it cannot be written (a full disk) it says so in one line.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write as _};

/// Prints a line, as `println!` does, but never panics.
macro_rules! say {
    ($($text:tt)*) => { $crate::output::write(format_args!("{}\n", format_args!($($text)*))) };
}

/// Prints what is given, as `print!` does.
pub fn write(text: Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    let Err(error) = out.write_fmt(text).and_then(|()| out.flush()) else { return };
    if error.kind() == ErrorKind::BrokenPipe {
        std::process::exit(0);
    }
    eprintln!("posto: cannot write to standard output: {error}");
    std::process::exit(1);
}

/// Prints where a server is bound. That nobody reads it is no reason not to serve.
pub fn announce(text: Arguments<'_>) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_fmt(text).and_then(|()| out.flush()) {
        tracing::warn!(%error, "cannot write to standard output");
    }
}
