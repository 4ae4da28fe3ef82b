//! One command executed: a file each, of the name that the gateway's routes have too.

pub(crate) mod changes;
pub(crate) mod cheapest;
pub(crate) mod flag;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod map;
pub(crate) mod moderate;
pub(crate) mod report;
pub(crate) mod station;
pub(crate) mod statistics;
pub(crate) mod time;

pub(crate) use report::put_off;
