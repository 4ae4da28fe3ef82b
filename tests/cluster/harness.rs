//! The test's own tools: NATS nodes die, stop, are cut off, and lead again.

use std::time::Duration;

use crate::nats::Nats;
use crate::wire::End;

#[test]
fn the_nodes_choose_a_leader_again_after_every_fault_of_ours() {
    let Some(mut nats) = Nats::start(3) else { return };
    nats.kill(0);
    nats.wait_until_led();
    nats.start_again(0);
    nats.wait_until_led();
    nats.wires.cut(End::Node(1), true);
    std::thread::sleep(Duration::from_millis(100));
    nats.wires.cut(End::Node(1), false);
    nats.wait_until_led();
    (0..3).for_each(|node| nats.kill(node));
    (0..3).for_each(|node| nats.start_again(node));
    nats.wait_until_led();
}
