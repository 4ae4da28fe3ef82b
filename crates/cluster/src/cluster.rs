//! A server's part in a cluster, from joining it to the end.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use posto_metrics::{Scrape, Source};
use posto_store::{EMPTY_BASE, Entry, Follower, Found, Sequencer, StreamId};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::error::ClusterError;
use crate::follow::Follow;
use crate::in_flight::InFlight;
use crate::limits::{MAX_WAITING, PROPOSE_FOR};
use crate::link::Link;
use crate::meters::Meters;
use crate::monitor;
use crate::options::Options;
use crate::proposal::Instance;
use crate::publisher::Publisher;
use crate::sequencer::{Proposer, Shared};
use crate::setup::{self, Established};
use crate::standing::Standing;
use crate::watch::Watch;

/// A server that knows which stream it is to follow.
#[derive(Debug)]
pub struct Joining {
    options: Options,
    link: Link,
    found: Option<Found>,
    stream: StreamId,
    /// The stream was looked at already.
    established: Option<Established>,
}

/// A server's part in a cluster. It ends when its journal is closed.
#[derive(Debug)]
pub struct Cluster {
    /// Orders what the journal is given.
    pub sequencer: Arc<dyn Sequencer>,
    /// Told once, when the log cannot be followed any more: the moment to end the process.
    pub failed: oneshot::Receiver<ClusterError>,
    /// Its figures.
    pub metrics: Arc<dyn Source>,
}

impl Joining {
    /// Connects to NATS and finds the stream for the journal of this directory, or makes it. Waits for
    /// NATS as long as it takes, but for a journal that follows the stream already: its server starts
    /// without.
    ///
    /// # Errors
    /// [`ClusterError`]: it will not work by waiting.
    pub async fn begin(options: Options, directory: &Path) -> Result<Self, ClusterError> {
        let found = posto_store::look(directory)?;
        let followed = found.as_ref().and_then(|found| found.followed.as_ref());
        if let Some(other) = followed.filter(|followed| followed.stream != options.stream.name) {
            // Before a stream of that name is made.
            let (found, wanted) = (other.stream.clone(), options.stream.name);
            return Err(ClusterError::OtherStream { directory: directory.to_owned(), found, wanted });
        }
        let link = Link::open(&options.connection, &options.stream.name).await?;
        tokio::spawn(monitor::warn(options.monitors.clone()));
        let follows = found.as_ref().filter(|_| followed.is_some());
        let (stream, established) = match follows {
            Some(found) => (StreamId::new(&options.stream.name, &found.book_id), None),
            None => {
                let established = setup::establish(&link, &options.stream, found.as_ref()).await?;
                (established.id.clone(), Some(established))
            }
        };
        Ok(Self { options, link, found, stream, established })
    }

    /// The stream that the journal is to be opened with.
    #[must_use]
    pub const fn stream(&self) -> &StreamId {
        &self.stream
    }

    /// Follows the stream from where the journal is. Needs tokio's runtime.
    ///
    /// # Errors
    /// [`ClusterError::Random`].
    pub fn start(self, follower: Follower) -> Result<Cluster, ClusterError> {
        let instance = Instance::new().map_err(ClusterError::Random)?;
        let shared = Arc::new(Shared {
            instance,
            in_flight: Arc::new(InFlight::default()),
            standing: Standing::new(Instant::now()),
            meters: Meters::new(),
            applied: follower.applied(),
            handed: watch::Sender::new(follower.position()),
            closed: watch::Sender::new(false),
            anew: Notify::new(),
        });
        let (queue, proposals) = mpsc::channel(MAX_WAITING);
        let sequencer = Arc::new(Proposer {
            shared: Arc::clone(&shared),
            queue,
            next: AtomicU64::new(1),
            stream: self.options.stream.name.clone(),
            default_currency: self.options.default_currency,
            book: Arc::clone(follower.book()),
        });
        let (failure, failed) = oneshot::channel();
        let metrics = Arc::new(Figures(Arc::clone(&shared)));
        let proposer = Arc::clone(&sequencer);
        tokio::spawn(async move {
            let ended = self.work((follower, Arc::clone(&shared)), (&proposer, proposals)).await;
            shared.end();
            if let Err(error) = ended {
                // The server has stopped already where nobody listens.
                let _ = failure.send(error);
            }
        });
        Ok(Cluster { sequencer, failed, metrics })
    }

    async fn work(
        self,
        (follower, shared): (Follower, Arc<Shared>),
        (proposer, proposals): (&Proposer, mpsc::Receiver<crate::sequencer::Proposal>),
    ) -> Result<(), ClusterError> {
        let Self { options, link, found, stream, established } = self;
        let established = match established {
            Some(established) => established,
            None => {
                tokio::select! {
                    established = setup::establish(&link, &options.stream, found.as_ref()) => established?,
                    () = shared.closed() => return Ok(()),
                }
            }
        };
        if established.id.book != stream.book {
            return Err(ClusterError::OtherBook { stream: stream.name });
        }
        let publisher = Publisher::new(link.clone(), Arc::clone(&shared));
        let publishing = tokio::spawn(Arc::clone(&publisher).run(proposals));
        if established.last == 0 && established.id.base == EMPTY_BASE && !options.seed.is_empty() {
            let seed = Entry::Seed(options.seed);
            if let Some(seed) = proposer.proposal(seed, Instant::now() + PROPOSE_FOR) {
                tokio::spawn(async move { publisher.begin_with(seed).await });
            }
        }
        let watch = Watch { link: link.clone(), shared: Arc::clone(&shared) };
        let follow = Follow::new(link, shared, follower);
        let ended = tokio::select! {
            ended = follow.run() => ended,
            ended = watch.run() => ended,
        };
        publishing.abort();
        ended
    }
}

/// The figures of a server's part.
#[derive(Debug)]
struct Figures(Arc<Shared>);

impl Source for Figures {
    fn tell(&self, scrape: &mut Scrape) {
        self.0.tell(scrape);
    }
}
