//! The limits of the TCP line: each with its reason and what happens at it.

use std::time::Duration;

/// Most bytes of a line: longer than any command, so what is longer is a mistake or an attack. It is
/// told so, and the connection closed: where the next command begins is not known any more.
pub const MAX_LINE_BYTES: usize = 65_536;

/// Most bytes of an answer's JSON text: what an answer of v2 may have. Lists come in
/// parts.
pub const MAX_ANSWER_BYTES: usize = posto_wire::limits::MAX_V2_DATA;

/// Connections at once: each takes a file descriptor, of which a process has 1,024 by default. A
/// further one is told that the server is full, and closed.
pub const MAX_CONNECTIONS: usize = 512;

/// Connections of one IPv4 address or IPv6 /64 at once: one host cannot take all of them.
pub const MAX_CONNECTIONS_PER_HOST: u32 = 128;

/// How long the next line may take to come whole: a person may think, but a connection that nobody
/// uses is closed, with a word.
pub const IDLE: Duration = Duration::from_secs(600);

/// How long an answer may take to be taken by the peer. Who does not read is cut off: nothing waits
/// for it but its own connection, which holds one answer.
pub const WRITE_PATIENCE: Duration = Duration::from_secs(10);

/// How long the peer is listened to after our last word, so that what it still sends does not make
/// the system throw that word away.
pub const LINGER: Duration = Duration::from_secs(1);

/// Most bytes thrown away meanwhile.
pub const LINGER_BYTES: usize = 1 << 20;

/// How long a stopping server waits for the commands that are being worked on.
pub const DRAIN: Duration = Duration::from_secs(5);

/// Bytes read at once.
pub const READ_BYTES: usize = 4_096;

/// How long nobody is let in after the system could not (no descriptor is free, say).
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Connections that the system keeps waiting to be let in.
pub const BACKLOG: u32 = 256;

/// Bytes of answers to a telnet's wishes that wait to be sent: who wishes for more without reading
/// gets no answer to the rest.
pub const MAX_OWED_BYTES: usize = 64;

/// Bytes of a telnet subnegotiation: a longer one ends here, so that it does not swallow lines.
pub const MAX_SUBNEGOTIATION: usize = 256;
