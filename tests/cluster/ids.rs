//! One report asked of several servers at once, and one id used for two.

use std::net::SocketAddr;

use posto_tests::http::Response;

use crate::after::{all_are_equal, stored};
use crate::support::{Group, gateway, report};

/// Asks all gateways at once; each with a price of its own.
fn at_once(asked: &[(SocketAddr, u32)], key: &str) -> Vec<Response> {
    std::thread::scope(|scope| {
        let asking =
            asked.iter().map(|&(gateway, price)| scope.spawn(move || report(gateway, 0, price, Some(key), "")));
        let asking: Vec<_> = asking.collect();
        asking.into_iter().map(|asking| asking.join().expect("no panic")).collect()
    })
}

#[test]
fn one_id_at_three_servers_counts_once_and_never_acknowledges_another_report() {
    let Some(group) = Group::start(&[]) else { return };
    let gateways: Vec<_> = group.servers.iter().map(|server| gateway(&[server.address])).collect();
    let addresses: Vec<_> = gateways.iter().map(|gateway| gateway.http()).collect();
    group.until("all are ready", || {
        addresses.iter().all(|&address| posto_tests::http::get(address, "/readyz").status == 200)
    });
    let same = |price| addresses.iter().map(|&address| (address, price)).collect::<Vec<_>>();
    for price in 1_000..1_030 {
        let key = format!("same-report-{price:06}");
        let answers = at_once(&same(price), &key);
        for answer in &answers {
            assert!(answer.status < 300, "{}", answer.text());
            assert_eq!(answer.text(), answers[0].text(), "all are told the same");
        }
    }
    let mut won = Vec::new();
    for round in 0..30 {
        let key = format!("other-report-{round:06}");
        let asked: Vec<_> = addresses.iter().copied().zip((0..3).map(|server| 2_000 + 10 * round + server)).collect();
        let answers = at_once(&asked, &key);
        let taken: Vec<_> = (0..3).filter(|&server| answers[server].status < 300).collect();
        assert_eq!(taken.len(), 1, "{:?}", answers.iter().map(Response::text).collect::<Vec<_>>());
        for other in (0..3).filter(|server| !taken.contains(server)) {
            assert_eq!((answers[other].status, answers[other].json()["code"].as_str()), (409, Some("key-reused")));
        }
        won.push(asked[taken[0]].1);
        // Nor later, wherever it is asked.
        let (winner, loser) = (asked[taken[0]], asked[(taken[0] + 1) % 3]);
        assert!(report(loser.0, 0, winner.1, Some(&key), "").status < 300);
        assert_eq!(report(winner.0, 0, loser.1, Some(&key), "").status, 409);
    }
    group.settle();
    gateways.into_iter().for_each(posto_tests::process::Serving::terminate);
    let servers = group.end();
    let directories: Vec<_> = servers.iter().map(|server| server.data()).collect();
    assert_eq!(stored(&directories[0]), (1_000..1_030).chain(won).collect::<Vec<_>>());
    all_are_equal(&directories);
}
