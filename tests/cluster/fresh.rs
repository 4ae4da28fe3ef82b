//! New servers of an old stream: from nothing, and from another one's backup.

use posto_tests::process::{posto, run};

use crate::after::{all_are_equal, stored};
use crate::support::{ENOUGH, Group, Member, position_in, position_of, report};

fn write(group: &Group, prices: std::ops::Range<u32>) {
    for price in prices {
        let answer = report(group.http(), price % 7, price, None, "");
        assert!(answer.status < 300, "{}", answer.text());
        assert!(position_of(&answer).is_some(), "{:?}", answer.headers);
    }
}

#[test]
fn a_new_server_begins_with_nothing_or_with_another_ones_backup() {
    let Some(mut group) = Group::start_sized(3, 1, &[]) else { return };
    write(&group, 1_000..1_100);
    let copied = Member::new(&mut group.nats, 1, &["--seed", "none"]);
    std::fs::create_dir(copied.data()).expect("a directory");
    let made =
        run(posto(["backup", "--data"]).arg(group.servers[0].data()).arg(copied.data().join("posto.db")), "", ENOUGH);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let begun = position_in(&copied.data());
    assert!(begun >= 100, "a backup knows its place: {begun}");
    write(&group, 1_100..1_150);

    group.servers.push(copied);
    let empty = Member::new(&mut group.nats, 2, &["--seed", "none"]);
    group.servers.push(empty);
    group.servers[1].start();
    group.servers[2].start();
    write(&group, 1_150..1_160);
    let all = group.settle();
    assert!(all >= 160, "{all}");
    let servers = group.end();
    let directories: Vec<_> = servers.iter().map(|server| server.data()).collect();
    assert_eq!(stored(&directories[2]), (1_000..1_160).collect::<Vec<_>>());
    all_are_equal(&directories);
    // A server alone does not write into a file that follows a stream.
    let mut alone = posto(["serve", "--udp", "127.0.0.1:0", "--data"]);
    let refused = run(alone.arg(&directories[0]), "", ENOUGH);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("--cluster") && said.contains("--standalone"), "{said}");
}
