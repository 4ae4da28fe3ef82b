//! Work that blocks (files, downloads), on a thread of its own: a program that is told to stop does
//! not wait for it.

use anyhow::Context as _;
use tokio::sync::oneshot;

/// Begins `work` beside the runtime, at once; what it makes is waited for.
pub fn run<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> impl Future<Output = anyhow::Result<T>> {
    let (tell, told) = oneshot::channel();
    let start = std::thread::Builder::new().name("import".to_owned());
    // Where nobody waits any more, nobody wants to know.
    let started = start.spawn(move || drop(tell.send(work())));
    async move {
        started.context("cannot start a thread")?;
        told.await.context("the thread ended by a defect")?
    }
}
