//! A day's log of changes played as live traffic.

use std::path::Path;
use std::sync::Arc;

use posto_client::Pool;

use super::round::Import;

/// How fast a log is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// This many times as fast as it happened.
    Times(f64),
    /// As fast as the server takes it.
    Max,
}

/// Plays it.
pub async fn play(_import: &Import, _pool: Option<Arc<Pool>>, _changes: &Path) -> anyhow::Result<()> {
    Ok(())
}

/// `1000x` or `max`.
pub fn speed(text: &str) -> Result<Speed, &'static str> {
    if text == "max" {
        return Ok(Speed::Max);
    }
    let times = text.strip_suffix('x').and_then(|number| number.parse::<f64>().ok());
    let times = times.filter(|times| (0.1..=1e6).contains(times));
    times.map(Speed::Times).ok_or("expected `max`, or a factor from 0.1x to 1000000x, such as 1000x")
}
