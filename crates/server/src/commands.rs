//! One command executed: a file each, of the name that the gateway's routes have too.

pub(crate) mod cheapest;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod report;
pub(crate) mod station;
pub(crate) mod time;
