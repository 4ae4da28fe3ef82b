use super::*;

fn disk_with(name: &str) -> (Disk, Cycle) {
    let mut disk = Disk::default();
    let cycle = disk.open(name, true, false).unwrap();
    (disk, cycle)
}

fn content(disk: &mut Disk, name: &str) -> Option<Vec<u8>> {
    let cycle = disk.open(name, false, false).ok()?;
    disk.content(name, cycle).ok().map(<[u8]>::to_vec)
}

#[test]
fn a_crash_leaves_what_was_synced() {
    let (mut disk, cycle) = disk_with("a");
    disk.write("a", cycle, 0, b"kept").unwrap();
    disk.sync("a", cycle).unwrap();
    disk.write("a", cycle, 2, b"lost!").unwrap();
    disk.restart(Survivors::Synced);
    assert_eq!(content(&mut disk, "a").unwrap(), b"kept");
}

#[test]
fn a_file_that_was_never_synced_is_gone_and_a_deletion_that_was_not_is_undone() {
    let (mut disk, cycle) = disk_with("new");
    disk.write("new", cycle, 0, b"x").unwrap();
    let cycle = disk.open("old", true, false).unwrap();
    disk.sync("old", cycle).unwrap();
    disk.delete("old", false).unwrap();
    disk.restart(Survivors::Synced);
    assert_eq!((content(&mut disk, "new"), content(&mut disk, "old")), (None, Some(Vec::new())));
    disk.delete("old", true).unwrap();
    disk.restart(Survivors::Synced);
    assert_eq!(content(&mut disk, "old"), None);
}

#[test]
fn from_the_crash_on_everything_fails_until_the_restart_and_old_files_for_ever() {
    let (mut disk, cycle) = disk_with("a");
    disk.write("a", cycle, 0, b"1").unwrap();
    disk.break_with(Fault::CrashAt(2));
    assert_eq!(disk.sync("a", cycle), Err(Refusal::Dead));
    assert!(disk.write("a", cycle, 0, b"2").is_err() && disk.read("a", cycle, 0, &mut [0]).is_err());
    assert!(disk.exists("a").is_err() && disk.open("a", true, false).is_err());
    assert_eq!(disk.operations(), 2);
    disk.restart(Survivors::Synced);
    assert!(disk.write("a", cycle, 0, b"3").is_err(), "opened before the crash");
    assert_eq!(disk.exists("a"), Ok(false));
}

#[test]
fn unsynced_writes_survive_in_part_and_torn_between_sectors() {
    let mut kept = Vec::new();
    for seed in 0..200 {
        let (mut disk, cycle) = disk_with("a");
        disk.sync("a", cycle).unwrap();
        disk.write("a", cycle, 0, &[1; 2 * SECTOR]).unwrap();
        disk.restart(Survivors::SomeUnsynced { seed });
        kept.push(content(&mut disk, "a").unwrap().len());
    }
    kept.sort_unstable();
    kept.dedup();
    assert_eq!(kept, [0, SECTOR, 2 * SECTOR]);
}

#[test]
fn after_a_failed_sync_the_next_one_succeeds_without_what_it_should_have_written() {
    let (mut disk, cycle) = disk_with("a");
    disk.sync("a", cycle).unwrap();
    disk.break_with(Fault::SyncFailsFrom(0));
    disk.write("a", cycle, 0, b"lost").unwrap();
    assert_eq!(disk.sync("a", cycle), Err(Refusal::NotSynced));
    assert_eq!(disk.sync("a", cycle), Ok(()));
    assert_eq!(disk.size("a", cycle), Ok(4), "the running system still sees it");
    disk.restart(Survivors::Synced);
    assert_eq!(content(&mut disk, "a").unwrap(), b"");
}

#[test]
fn a_full_disk_takes_no_more_writes() {
    let (mut disk, cycle) = disk_with("a");
    disk.break_with(Fault::FullFrom(2));
    disk.write("a", cycle, 0, b"1").unwrap();
    assert_eq!(disk.write("a", cycle, 1, b"2"), Err(Refusal::Full));
    assert_eq!((disk.size("a", cycle), disk.sync("a", cycle)), (Ok(1), Ok(())));
}

#[test]
fn a_database_is_open_once() {
    let mut disk = Disk::default();
    let cycle = disk.open("db", true, true).unwrap();
    assert_eq!(disk.open("db", true, true), Err(Refusal::AlreadyOpen));
    disk.close("db", cycle);
    assert!(disk.open("db", true, true).is_ok());
}
