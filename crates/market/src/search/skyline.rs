//! The matches that no other one beats on price and distance (PROTOCOL §7, "Pareto").

use super::walk::{Bound, Goal, Hit};
use crate::sphere::{SLACK, chord, least_cost, least_km};

/// The unbeaten among what was found so far.
pub(crate) struct Skyline<'a> {
    /// There is no centre: every distance counts as 0.
    flat: bool,
    /// From near and dear to far and cheap.
    kept: Vec<Kept<'a>>,
}

struct Kept<'a> {
    hit: Hit<'a>,
    /// The square of a chord beyond which everything is farther.
    squared: f32,
}

impl<'a> Skyline<'a> {
    pub(crate) fn new(flat: bool) -> Self {
        Self { flat, kept: Vec::new() }
    }

    fn leaves_out(&self, kept: &Kept<'_>, bound: Bound) -> bool {
        let price = kept.hit.word.thousandths();
        price <= bound.price && if self.flat { price < bound.price } else { bound.squared > kept.squared }
    }

    pub(crate) fn into_hits(self) -> impl Iterator<Item = Hit<'a>> {
        self.kept.into_iter().map(|kept| kept.hit)
    }
}

impl<'a> Goal<'a> for Skyline<'a> {
    /// Near ones first: soon there is something cheap that beats what is farther.
    fn cost(&self, bound: Bound) -> f32 {
        least_cost(least_km(bound.squared))
    }

    fn is_beyond(&self, _: f32, bound: Bound) -> bool {
        // The farthest and cheapest first, which leave out most.
        self.kept.iter().rev().any(|kept| self.leaves_out(kept, bound))
    }

    /// Never at once: what is farther is wanted if it is cheaper.
    fn is_over(&self, _: f32) -> bool {
        false
    }

    fn offer(&mut self, mut hit: Hit<'a>) {
        if self.flat {
            hit.distance_km = 0.0;
        }
        if self.kept.iter().rev().any(|kept| beats(&kept.hit, &hit)) {
            return;
        }
        self.kept.retain(|kept| !beats(&hit, &kept.hit));
        let reach = chord(hit.distance_km) + 2.0 * SLACK;
        let after = self.kept.partition_point(|kept| kept.hit.distance_km <= hit.distance_km);
        self.kept.insert(after, Kept { squared: reach * reach, hit });
    }
}

fn beats(one: &Hit<'_>, other: &Hit<'_>) -> bool {
    let (price, other_price) = (one.word.thousandths(), other.word.thousandths());
    price <= other_price
        && one.distance_km <= other.distance_km
        && (price < other_price || one.distance_km < other.distance_km)
}
