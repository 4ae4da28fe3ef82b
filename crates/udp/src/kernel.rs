//! What the kernel dropped before we could read it.

use std::net::{IpAddr, SocketAddr};

/// The datagrams that the kernel has dropped at the sockets bound to this address so far, from the
/// last column of `/proc/net/udp` and `udp6` (proc_net(5)); `None` where there is no such file.
pub(crate) fn dropped(address: SocketAddr) -> Option<u64> {
    let table = match address.ip() {
        IpAddr::V4(_) => "/proc/net/udp",
        IpAddr::V6(_) => "/proc/net/udp6",
    };
    std::fs::read_to_string(table).ok().map(|table| dropped_of(&table, address.port()))
}

fn dropped_of(table: &str, port: u16) -> u64 {
    let ending = format!(":{port:04X}");
    let rows = table.lines().skip(1).map(|row| row.split_ascii_whitespace());
    let ours = rows.filter_map(|mut columns| {
        let local = columns.nth(1)?;
        local.ends_with(&ending).then(|| columns.last()?.parse::<u64>().ok()).flatten()
    });
    ours.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  431: 0100007F:1388 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 12345 2 0000000000000000 17
  431: 0100007F:1388 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 12346 2 0000000000000000 5
  500: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 12347 2 0000000000000000 99
";

    #[test]
    fn the_drops_of_all_sockets_of_a_port_are_added_up() {
        assert_eq!([5000, 53, 54].map(|port| dropped_of(TABLE, port)), [22, 99, 0]);
        assert_eq!(dropped_of("", 5000), 0);
    }
}
