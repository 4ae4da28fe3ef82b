//! Tests of the journal's behaviour, and the means they share.

mod behaviour;
mod crash;
mod crash_check;
mod failure;
mod group_commit;
mod ids;
mod model;
mod opening;
mod sabotage;
mod speed;
mod support;

pub(crate) use sabotage::Sabotage;
