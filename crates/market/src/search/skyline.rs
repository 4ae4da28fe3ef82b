//! The matches that no other one beats on price and distance (PROTOCOL §7, "Pareto").

use super::walk::{Bound, Goal, Hit};
use crate::sphere::{SLACK, chord, least_km};

/// The unbeaten among what was found so far.
pub(crate) struct Skyline<'a> {
    /// There is no centre: every distance counts as 0.
    flat: bool,
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
    fn cost(&self, bound: Bound) -> f64 {
        least_km(bound.squared)
    }

    fn is_beyond(&self, _: f64, bound: Bound) -> bool {
        self.kept.iter().any(|kept| self.leaves_out(kept, bound))
    }

    /// Never at once: what is farther is wanted if it is cheaper.
    fn is_over(&self, _: f64) -> bool {
        false
    }

    fn offer(&mut self, mut hit: Hit<'a>) {
        if self.flat {
            hit.distance_km = 0.0;
        }
        if self.kept.iter().any(|kept| beats(&kept.hit, &hit)) {
            return;
        }
        self.kept.retain(|kept| !beats(&hit, &kept.hit));
        let reach = chord(hit.distance_km) + 2.0 * SLACK;
        self.kept.push(Kept { squared: reach * reach, hit });
    }
}

fn beats(one: &Hit<'_>, other: &Hit<'_>) -> bool {
    let (price, other_price) = (one.word.thousandths(), other.word.thousandths());
    price <= other_price
        && one.distance_km <= other.distance_km
        && (price < other_price || one.distance_km < other.distance_km)
}
