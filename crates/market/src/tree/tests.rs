use super::*;
use crate::part::Part;
use crate::station::StationId;
use proptest::prelude::*;

fn tree(stations: u32) -> Tree {
    let mut loaded = Loaded::default();
    for number in 0..stations {
        let place = i32::try_from(number.wrapping_mul(2_654_435_761) % 1_000_000).unwrap();
        let position = Position::from_microdegrees(place, place * 7 % 1_000_003).unwrap();
        loaded.push(&Station::at(StationId::parse(&format!("s{number}")).unwrap(), position), number);
    }
    Tree::build(1, &[Part::Tree(Arc::new(loaded.into_tree()))])
}

proptest! {
    #[test]
    fn every_station_is_below_its_leaf_and_its_block(stations in 0_u32..5_000) {
        let tree = tree(stations);
        prop_assert_eq!(tree.range(ROOT), 0..tree.len());
        for node in 0..tree.inner {
            let below: Vec<_> = Tree::below(node).map(|node| tree.range(node)).collect();
            prop_assert_eq!(below[0].start..below[3].end, tree.range(node));
            prop_assert!(below.windows(2).all(|pair| pair[0].end == pair[1].start));
        }
        for at in 0..tree.len() {
            let leaf = tree.leaf(at);
            prop_assert!(tree.is_leaf(leaf) && tree.range(leaf).contains(&at), "{at} in {leaf}");
            prop_assert!(tree.range(leaf).len() <= 64 && tree.range(leaf).start.is_multiple_of(4));
            prop_assert_eq!(tree.bounds(leaf).with(tree.point(at)), tree.bounds(leaf));
            prop_assert_eq!(tree.point(at), Point::from(tree.position(at)));
            let block = digest::block(leaf);
            prop_assert!(tree.range(block).contains(&at));
            prop_assert!(tree.to_blocks(block).is_eq() || block == ROOT);
        }
        for node in 1..tree.nodes() {
            let leaf = tree.leaf(tree.range(node).start);
            if tree.to_blocks(node).is_eq() && !tree.range(node).is_empty() {
                prop_assert_eq!(digest::block(leaf), node);
            }
        }
    }
}
