//! Work that blocks (files, downloads), on a thread of its own: a program that is told to stop does
//! not wait for it.

use anyhow::Context as _;
use tokio::sync::oneshot;

/// Runs `work` beside the runtime and waits for what it makes.
pub async fn run<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let (tell, told) = oneshot::channel();
    let start = std::thread::Builder::new().name("import".to_owned());
    // Where nobody waits any more, nobody wants to know.
    start.spawn(move || drop(tell.send(work()))).context("cannot start a thread")?;
    told.await.context("the thread ended by a defect")?
}
