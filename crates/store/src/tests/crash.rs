//! The promise: whatever was acknowledged survives a crash at any operation of the disk, and
//! nothing is there by half. And the proof that the check would notice.

use super::Sabotage;
use super::crash_check::crash;

const SEEDS: u64 = 400;

#[test]
fn no_acknowledged_report_is_lost_whenever_the_power_goes() {
    let mut acknowledged = 0;
    for seed in 0..SEEDS {
        let crash = crash(seed, Sabotage::None);
        assert!(crash.defects.is_empty(), "seed {seed}: {:?}", crash.defects);
        acknowledged += crash.acknowledged;
    }
    let seeds = usize::try_from(SEEDS).unwrap();
    assert!(acknowledged > 10 * seeds, "too few to mean anything: {acknowledged}");
}

/// How many of the crashes the check finds something wrong after.
fn found(sabotage: Sabotage) -> usize {
    (0..40).filter(|seed| !crash(*seed, sabotage).defects.is_empty()).count()
}

#[test]
fn a_journal_that_does_not_sync_is_found_out() {
    assert!(found(Sabotage::NoSync) > 0);
}

#[test]
fn a_journal_that_acknowledges_before_the_commit_is_found_out() {
    assert!(found(Sabotage::AcknowledgeFirst) > 0);
}
