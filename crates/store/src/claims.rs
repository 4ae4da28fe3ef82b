//! Reports for whose reporters nobody vouches, waiting for a second reporter who says the same. In
//! memory alone: a restart forgets them, and nobody was told that they were stored.

use std::collections::{HashMap, VecDeque};

use posto_market::{Fuel, Price, StationId, Timestamp};

use crate::limits::{AGREEMENT_PERCENT, MAX_CLAIMS, MAX_CLAIMS_PER_PRICE, PROTECTED_FOR};

/// The reports that wait.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    waiting: HashMap<(StationId, Fuel), Vec<Claim>>,
    /// What they are about, in the order in which they came; those gone since are still in it.
    order: VecDeque<(StationId, Fuel, Timestamp)>,
}

#[derive(Debug)]
struct Claim {
    witness: Box<str>,
    price: Price,
    at: Timestamp,
}

impl Claims {
    /// Whether another witness has said the same since then; if not, this one is remembered. A claim
    /// serves once.
    pub(crate) fn is_second(
        &mut self,
        (station, fuel): (&StationId, Fuel),
        (witness, price): (&str, Price),
        (since, now): (Timestamp, Timestamp),
    ) -> bool {
        let key = (station.clone(), fuel);
        let oldest = since.max(now.before(PROTECTED_FOR));
        let waiting = self.waiting.entry(key).or_default();
        waiting.retain(|claim| claim.at >= oldest);
        let agreeing = waiting.iter().position(|claim| *claim.witness != *witness && agree(claim.price, price));
        if let Some(agreeing) = agreeing {
            waiting.remove(agreeing);
            return true;
        }
        waiting.retain(|claim| *claim.witness != *witness);
        if waiting.len() >= MAX_CLAIMS_PER_PRICE {
            waiting.remove(0);
        }
        waiting.push(Claim { witness: witness.into(), price, at: now });
        self.order.push_back((station.clone(), fuel, now));
        self.forget_oldest();
        false
    }

    /// Keeps to [`MAX_CLAIMS`].
    fn forget_oldest(&mut self) {
        while self.order.len() > MAX_CLAIMS
            && let Some((station, fuel, at)) = self.order.pop_front()
        {
            let key = (station, fuel);
            if let Some(waiting) = self.waiting.get_mut(&key) {
                waiting.retain(|claim| claim.at > at);
                if waiting.is_empty() {
                    self.waiting.remove(&key);
                }
            }
        }
    }
}

/// Whether two prices say the same.
fn agree(one: Price, other: Price) -> bool {
    let (one, other) = (one.thousandths(), other.thousandths());
    one.abs_diff(other).saturating_mul(100) <= one.max(other).saturating_mul(AGREEMENT_PERCENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::support::{id, price};

    const NOW: Timestamp = Timestamp::from_millis(10_000_000);

    fn is_second(claims: &mut Claims, station: &str, said: (&str, u32)) -> bool {
        claims.is_second((&id(station), Fuel::Gasoline), (said.0, price(said.1)), (Timestamp::from_millis(0), NOW))
    }

    #[test]
    fn two_witnesses_agree_within_a_hundredth_and_one_never_agrees_with_itself() {
        let mut claims = Claims::default();
        assert!(!is_second(&mut claims, "a", ("w1", 4000)));
        assert!(!is_second(&mut claims, "a", ("w1", 4000)), "the same again");
        assert!(!is_second(&mut claims, "b", ("w2", 4000)), "another station");
        assert!(!is_second(&mut claims, "a", ("w2", 4041)), "more than a hundredth");
        assert!(is_second(&mut claims, "a", ("w3", 4040)), "a hundredth");
        assert!(is_second(&mut claims, "a", ("w1", 4041)), "with w2");
        assert!(!is_second(&mut claims, "a", ("w4", 4040)), "each serves once");
    }

    #[test]
    fn what_came_before_the_protected_price_or_an_hour_ago_counts_no_more() {
        let mut claims = Claims::default();
        let (station, gasoline, said) = (id("a"), Fuel::Gasoline, price(4000));
        let at = |millis| Timestamp::from_millis(NOW.millis() + millis);
        let mut tell = |witness, since, now| claims.is_second((&station, gasoline), (witness, said), (since, now));
        assert!(!tell("w1", at(-5), at(0)));
        assert!(!tell("w2", at(1), at(2)), "somebody vouched for has spoken since");
        let hour = i64::try_from(PROTECTED_FOR.as_millis()).unwrap();
        assert!(!tell("w3", at(-5), at(3 + hour)));
        assert!(tell("w1", at(-5), at(4 + hour)));
    }

    #[test]
    fn however_many_come_so_many_are_kept() {
        let mut claims = Claims::default();
        for number in 0..MAX_CLAIMS + 50 {
            let now = Timestamp::from_millis(NOW.millis() + i64::try_from(number).unwrap());
            let said = (&*format!("w{number}"), price(4000));
            claims.is_second((&id(&format!("s{number}")), Fuel::Gasoline), said, (NOW, now));
        }
        assert_eq!((claims.order.len(), claims.waiting.len()), (MAX_CLAIMS, MAX_CLAIMS));
        for number in 0..50_u32 {
            assert!(!is_second(&mut claims, "one", (&format!("w{number}"), 1000 + 100 * number)));
        }
        assert_eq!(claims.waiting[&(id("one"), Fuel::Gasoline)].len(), MAX_CLAIMS_PER_PRICE);
    }
}
