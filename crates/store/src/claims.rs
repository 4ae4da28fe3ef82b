//! Reports for whose reporters nobody vouches, waiting for a second reporter who says the same. Nobody
//! was told that they were stored.

use posto_market::{Fuel, Price, StationId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Result, params};

use crate::limits::{AGREEMENT_PERCENT, MAX_CLAIMS, MAX_CLAIMS_PER_PRICE, PROTECTED_FOR};
use crate::rows;

/// Whether another witness has said the same since then; if not, this one is remembered. A claim
/// serves once.
pub(crate) fn is_second(
    connection: &Connection,
    (station, fuel): (&StationId, Fuel),
    (witness, price): (&str, Price),
    (since, now): (Timestamp, Timestamp),
) -> Result<bool> {
    let outdated = "DELETE FROM claims WHERE at < ?1";
    connection.prepare_cached(outdated)?.execute([now.before(PROTECTED_FOR).millis()])?;
    let (number, fuel) = (rows::station_number(connection, station)?, fuel.code());
    let answered = "DELETE FROM claims WHERE station = ?1 AND fuel = ?2 AND at < ?3";
    connection.prepare_cached(answered)?.execute(params![number, fuel, since.millis()])?;
    if let Some(agreeing) = agreeing(connection, (number, fuel), (witness, price))? {
        connection.prepare_cached("DELETE FROM claims WHERE number = ?1")?.execute([agreeing])?;
        return Ok(true);
    }
    let earlier = "DELETE FROM claims WHERE station = ?1 AND fuel = ?2 AND witness = ?3";
    connection.prepare_cached(earlier)?.execute(params![number, fuel, witness])?;
    let claim = "INSERT INTO claims (station, fuel, price, witness, at) VALUES (?1, ?2, ?3, ?4, ?5)";
    let values = params![number, fuel, price.thousandths(), witness, now.millis()];
    connection.prepare_cached(claim)?.execute(values)?;
    forget_oldest(connection, (number, fuel))?;
    Ok(false)
}

/// The first claim of another witness that says the same: their prices are at most
/// [`AGREEMENT_PERCENT`] of the higher one apart.
fn agreeing(
    connection: &Connection,
    (station, fuel): (i64, u8),
    (witness, price): (&str, Price),
) -> Result<Option<i64>> {
    let sql = "SELECT number FROM claims WHERE station = ?1 AND fuel = ?2 AND witness <> ?3
               AND abs(price - ?4) * 100 <= max(price, ?4) * ?5 ORDER BY number LIMIT 1";
    let values = params![station, fuel, witness, price.thousandths(), AGREEMENT_PERCENT];
    connection.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()
}

/// Keeps to [`MAX_CLAIMS_PER_PRICE`] and [`MAX_CLAIMS`] where there is one more.
fn forget_oldest(connection: &Connection, (station, fuel): (i64, u8)) -> Result<()> {
    let of_price = "DELETE FROM claims WHERE station = ?1 AND fuel = ?2
                    AND (SELECT count(*) FROM claims WHERE station = ?1 AND fuel = ?2) > ?3
                    AND number = (SELECT min(number) FROM claims WHERE station = ?1 AND fuel = ?2)";
    let of_all = "DELETE FROM claims WHERE number = (SELECT min(number) FROM claims)
                  AND (SELECT count(*) FROM claims) > ?1";
    connection.prepare_cached(of_price)?.execute(params![station, fuel, MAX_CLAIMS_PER_PRICE])?;
    connection.prepare_cached(of_all)?.execute([MAX_CLAIMS])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use posto_market::Station;

    use super::*;
    use crate::schema;
    use crate::tests::support::{at, id, price};

    const NOW: Timestamp = Timestamp::from_millis(10_000_000);

    fn stations(names: &[&str]) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        schema::migrate(&connection, 0).unwrap();
        for name in names {
            rows::put_station(&connection, &Station::at(id(name), at(0, 0))).unwrap();
        }
        connection
    }

    fn is_second(connection: &Connection, station: &str, said: (&str, u32)) -> bool {
        let moments = (Timestamp::from_millis(0), NOW);
        super::is_second(connection, (&id(station), Fuel::Gasoline), (said.0, price(said.1)), moments).unwrap()
    }

    fn count(connection: &Connection, station: &str) -> i64 {
        let sql = "SELECT count(*) FROM claims JOIN stations ON stations.number = station WHERE id = ?1";
        connection.query_row(sql, [station], |row| row.get(0)).unwrap()
    }

    #[test]
    fn two_witnesses_agree_within_a_hundredth_and_one_never_agrees_with_itself() {
        let claims = stations(&["a", "b"]);
        assert!(!is_second(&claims, "a", ("w1", 4000)));
        assert!(!is_second(&claims, "a", ("w1", 4000)), "the same again");
        assert!(!is_second(&claims, "b", ("w2", 4000)), "another station");
        assert!(!is_second(&claims, "a", ("w2", 4041)), "more than a hundredth");
        assert!(is_second(&claims, "a", ("w3", 4040)), "a hundredth");
        assert!(is_second(&claims, "a", ("w1", 4041)), "with w2");
        assert!(!is_second(&claims, "a", ("w4", 4040)), "each serves once");
    }

    #[test]
    fn what_came_before_the_protected_price_or_an_hour_ago_counts_no_more() {
        let claims = stations(&["a"]);
        let (station, said) = (id("a"), price(4000));
        let at = |millis| Timestamp::from_millis(NOW.millis() + millis);
        let tell = |witness, since, now| {
            super::is_second(&claims, (&station, Fuel::Gasoline), (witness, said), (since, now)).unwrap()
        };
        assert!(!tell("w1", at(-5), at(0)));
        assert!(!tell("w2", at(1), at(2)), "somebody vouched for has spoken since");
        let hour = i64::try_from(PROTECTED_FOR.as_millis()).unwrap();
        assert!(!tell("w3", at(-5), at(3 + hour)));
        assert!(tell("w1", at(-5), at(4 + hour)));
    }

    #[test]
    fn however_many_come_so_many_are_kept() {
        let claims = stations(&["one", "other"]);
        for number in 0..50_u32 {
            assert!(!is_second(&claims, "one", (&format!("w{number}"), 1000 + 100 * number)));
        }
        assert_eq!(count(&claims, "one"), MAX_CLAIMS_PER_PRICE);
        let many = "WITH RECURSIVE counted (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM counted WHERE n < ?1)
                    INSERT INTO claims (station, fuel, price, witness, at) SELECT 2, 0, 1, n, ?2 FROM counted";
        claims.execute(many, params![MAX_CLAIMS - MAX_CLAIMS_PER_PRICE, NOW.millis()]).unwrap();
        assert!(!is_second(&claims, "other", ("w", 4000)));
        assert_eq!(count(&claims, "one"), MAX_CLAIMS_PER_PRICE - 1, "the oldest of all went");
    }
}
