//! The search as PROTOCOL §4 and §7 word it, over everything, in the plainest way: the model that
//! the tree must equal.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Found, Freshness, Query};
use crate::area::Area;
use crate::limits::FRESH_FOR;
use crate::price::{Currency, Unit};
use crate::rank::{Cursor, Rank};
use crate::station::{Quote, Station};
use crate::survey::{Statistics, Survey};

/// A price of the fuel that is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) station: Arc<Station>,
    pub(crate) quote: Quote,
    pub(crate) suspect: bool,
}

pub(crate) fn search(rows: &[Row], query: &Query) -> Vec<Found> {
    let mut found: Vec<_> = comparable(rows, query).iter().map(|(row, km)| rank(row, *km, query)).collect();
    if query.pareto {
        let all: Vec<_> = found.iter().map(|found| (found.cursor.price, found.cursor.distance_km)).collect();
        found.retain(|one| {
            let (price, km) = (one.cursor.price, one.cursor.distance_km);
            !all.iter().any(|other| other.0 <= price && other.1 <= km && (other.0 < price || other.1 < km))
        });
    }
    if let Some(after) = &query.after {
        found.retain(|found| after.order(&found.cursor) == Ordering::Less);
    }
    found.sort_by(|a, b| a.cursor.order(&b.cursor));
    found.truncate(query.limit);
    found
}

pub(crate) fn statistics(rows: &[Row], survey: &Survey) -> Option<Statistics> {
    let query = Query {
        fuel: survey.fuel,
        area: survey.area,
        freshness: survey.freshness,
        now: survey.now,
        rank: Rank::Price,
        currency: survey.currency,
        brand: None,
        open: false,
        pareto: false,
        suspects: false,
        limit: usize::MAX,
        after: None,
    };
    let found = search(rows, &query);
    let quartile = |share: usize| found[((found.len() * share).div_ceil(4)).max(1) - 1].quote.price;
    let first = found.first()?;
    Some(Statistics {
        count: found.len(),
        min: first.quote.price,
        first_quartile: quartile(1),
        median: quartile(2),
        third_quartile: quartile(3),
        max: found.last()?.quote.price,
        newest: found.iter().filter_map(|found| found.quote.reported_at).max(),
        currency: first.quote.currency,
        unit: first.quote.unit,
    })
}

fn comparable<'a>(rows: &'a [Row], query: &Query) -> Vec<(&'a Row, f64)> {
    let mut rows: Vec<_> = rows.iter().filter_map(|row| Some((row, measure(query, row)?))).collect();
    rows.retain(|(row, _)| query.suspects || !row.suspect);
    if let Some(brand) = &query.brand {
        let lower = |brand: &crate::station::Label| brand.as_str().to_lowercase();
        rows.retain(|(row, _)| row.station.brand.as_ref().map(lower) == Some(lower(brand)));
    }
    if query.open {
        rows.retain(|(row, _)| row.station.is_open(query.now) == Some(true));
    }
    let young = |quote: &Quote, limit| quote.reported_at.is_some_and(|at| query.now.since(at) <= limit);
    match query.freshness {
        Freshness::Any => {}
        Freshness::AtMost(limit) => rows.retain(|(row, _)| young(&row.quote, limit)),
        Freshness::Preferred => {
            if rows.iter().any(|(row, _)| young(&row.quote, FRESH_FOR)) {
                rows.retain(|(row, _)| young(&row.quote, FRESH_FOR));
            }
        }
    }
    rows.retain(|(row, _)| query.currency.is_none_or(|currency| currency == row.quote.currency));
    let nearer =
        |a: &&(&Row, f64), b: &&(&Row, f64)| a.1.total_cmp(&b.1).then_with(|| a.0.station.id.cmp(&b.0.station.id));
    let money = rows.iter().min_by(nearer).map(|(row, _)| money(row));
    rows.retain(|(row, _)| Some(self::money(row)) == money);
    rows
}

fn money(row: &Row) -> (Currency, Unit) {
    (row.quote.currency, row.quote.unit)
}

fn measure(query: &Query, row: &Row) -> Option<f64> {
    let position = row.station.position;
    match query.area {
        Area::Circle(circle) => {
            let km = circle.centre().distance_km(position);
            (km <= circle.radius_km()).then_some(km)
        }
        Area::Box { bounds, centre } => {
            let from = centre.unwrap_or_else(|| bounds.middle());
            bounds.contains(position).then(|| from.distance_km(position))
        }
    }
}

fn rank(row: &Row, km: f64, query: &Query) -> Found {
    let distance_km = query.area.centre().map(|_| km);
    let cost = query.rank.cost(row.quote.price, distance_km.unwrap_or(0.0));
    Found {
        station: Arc::clone(&row.station),
        quote: row.quote.clone(),
        distance_km,
        trip_cost: matches!(query.rank, Rank::Trip(_)).then_some(cost),
        stale: row.quote.reported_at.is_none_or(|at| query.now.since(at) > FRESH_FOR),
        suspect: row.suspect,
        cursor: Cursor {
            cost,
            price: row.quote.price,
            distance_km: distance_km.unwrap_or(0.0),
            id: row.station.id.clone(),
        },
    }
}
