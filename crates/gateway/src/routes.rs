//! The routes, one file each, named like the server's command where there is one.

pub(crate) mod cheapest;
pub(crate) mod docs;
pub(crate) mod events;
pub(crate) mod flag;
pub(crate) mod fuels;
pub(crate) mod health;
pub(crate) mod history;
pub(crate) mod list;
pub(crate) mod map;
pub(crate) mod metrics;
pub(crate) mod page;
pub(crate) mod problems;
pub(crate) mod report;
pub(crate) mod station;
pub(crate) mod statistics;
pub(crate) mod time;
