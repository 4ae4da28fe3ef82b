//! The cluster's limits: each with its reason and what happens at it.

use std::time::Duration;

/// Most entries on their way to the log at once. Measured: with 256 the log takes some 33,000 a
/// second, with more no more. Further ones wait in the queue.
pub const MAX_IN_FLIGHT: usize = 256;

/// Most entries that wait for the log, or for their turn here after the log has them: as many as wait
/// for the disk of a server that is alone. A further one is refused with
/// [`posto_store::SubmitError::Busy`].
pub const MAX_WAITING: usize = posto_store::limits::MAX_QUEUED;

/// How long an entry is proposed whose asker named no deadline. Measured: the worst pause after all
/// nodes were killed was 12 s; a shorter one is over sooner, and who asks hears the truth in time.
/// After it the asker is told that the entry was not taken, or that nobody knows.
pub const PROPOSE_FOR: Duration = Duration::from_secs(10);

/// So long before its asker stops waiting a proposal is given up: what is known of it then still reaches
/// the asker. Less where the asker waits less than ten times as long.
pub const ANSWER_BEFORE: Duration = Duration::from_millis(250);

/// How long one attempt waits for the log's word. A healthy log answers within milliseconds; one that
/// elects a leader answers nothing. Then the same is published again, under the same name, so that
/// the log keeps it once.
pub const ATTEMPT: Duration = Duration::from_secs(1);

/// The pause between two attempts.
pub const ATTEMPT_PAUSE: Duration = Duration::from_millis(100);

/// After so long without the log's word on anything, while something waits for it, new entries are
/// refused at once: who reports hears within a moment that it does not work now, instead of after a
/// deadline.
pub const STALLED_AFTER: Duration = Duration::from_secs(1);

/// How often the log is asked how it stands. It bounds how late this server notices that it is cut
/// off, and costs one small question.
pub const ASK_EVERY: Duration = Duration::from_millis(500);

/// How long that question waits, and others like it. After it this server counts as cut off from the
/// log for that moment.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(1);

/// After so many of these questions without an answer another node is connected to, where this one
/// says nothing at all: it may be frozen, which keeps a connection open.
pub const SILENT_QUESTIONS: u32 = 2;

/// The same where the node is there: perhaps it is cut off from the others. While all of them elect a
/// leader, changing the node helps nothing.
pub const SILENT_QUESTIONS_OF_A_LIVE_NODE: u32 = 8;

/// How long nothing may come from the follower's consumer while the log has more than was followed:
/// after it the consumer is made anew. It may have died with its node.
pub const CONSUMER_PATIENCE: Duration = Duration::from_millis(1500);

/// The pause after a consumer could not be made, or ended.
pub const CONSUMER_PAUSE: Duration = Duration::from_millis(250);

/// How long one request of the consumer for messages is open; half of it is its heartbeat. Then it
/// asks again.
pub const PULL_FOR: Duration = Duration::from_secs(4);

/// Within how long a node must take a connection; else the next is tried.
pub const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// The longest pause before another connection is tried.
pub const RECONNECT_PAUSE: Duration = Duration::from_secs(1);

/// How often the connection is tried out while nothing comes over it.
pub const PING_EVERY: Duration = Duration::from_secs(2);

/// How often it is said that the log is not reached.
pub const REMIND_EVERY: Duration = Duration::from_secs(10);

/// How long the log drops what was published under the same name before: longer than any server tries
/// ([`PROPOSE_FOR`]) and any gateway repeats. A later repeat is found out by the journal itself, which
/// remembers the ids of a day.
pub const DUPLICATE_WINDOW: Duration = Duration::from_secs(600);

/// Copies of the log, unless told otherwise: with three, one node may be lost at any time.
pub const REPLICAS: usize = 3;

/// Most messages ahead of this server with which it still takes reports: beyond it an answer would
/// come too late. A further report is refused with [`posto_store::SubmitError::Unreachable`].
pub const MAX_BEHIND: u64 = 20_000;

/// Messages ahead of a server that still counts as level with the log: it executes them in a fraction of
/// a second. With more its answers say how old its book is, as if it had heard nothing since.
pub const LEVEL: u64 = 2_000;

/// How long the log may seem to hold less than this server has executed of it, before the server
/// stops: a node that has just come back may not know better for a moment.
pub const SHORTER_FOR: Duration = Duration::from_secs(10);

/// Bytes of a monitoring answer that are read; it has some thousands. Of a longer one nothing is
/// believed.
pub const MAX_MONITOR_BYTES: u64 = 1 << 20;
