//! When a station is open, whom it serves and how; and whose prices an answer holds.

use std::collections::BTreeMap;

use posto_market::Service;
use posto_wire::answer::OpeningFacts;
use posto_wire::command::service_word;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use super::StationPrice;

/// When a station is open, whom it serves and how: null where nobody knows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Opening {
    /// In the syntax of OpenStreetMap's opening_hours: ASCII, such as `Mo-Sa 07:00-22:00; Su off`.
    #[schema(required, max_length = 200)]
    pub(super) opening_hours: Option<String>,
    /// Whether it is open now, by its own clock; null where its hours or its clock are not known.
    #[schema(required)]
    pub(super) open: Option<bool>,
    /// Who fills the tank: the customer (self), somebody of the station (served), or either (both).
    #[schema(required, schema_with = service_schema)]
    pub(super) service: Option<&'static str>,
    /// Whether it sells to members only.
    #[schema(required)]
    pub(super) members_only: Option<bool>,
}

/// A feed whose prices are in an answer.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Source {
    /// As `source` of its stations.
    source: String,
    /// What must be shown with its prices.
    attribution: String,
}

impl From<OpeningFacts> for Opening {
    fn from(facts: OpeningFacts) -> Self {
        let service = facts.service.as_deref();
        let service = service.and_then(|word| Service::ALL.into_iter().find(|service| service_word(*service) == word));
        Self {
            opening_hours: facts.hours,
            open: facts.open,
            service: service.map(name),
            members_only: facts.members_only,
        }
    }
}

/// The sources of these stations that must be named, each once, in the order of their names.
pub(super) fn sources(stations: &[StationPrice]) -> Vec<Source> {
    let named = stations.iter().filter_map(|found| Some((&found.source, found.attribution.as_ref()?)));
    let named: BTreeMap<_, _> = named.collect();
    let source =
        |(source, attribution): (&String, &String)| Source { source: source.clone(), attribution: attribution.clone() };
    named.into_iter().map(source).collect()
}

const fn name(service: Service) -> &'static str {
    match service {
        Service::SelfService => "self",
        Service::Served => "served",
        Service::Both => "both",
    }
}

fn service_schema() -> Schema {
    let names = Service::ALL.map(|service| Some(name(service))).into_iter().chain([None]);
    ObjectBuilder::new()
        .description(Some(
            "Who fills the tank: the customer (self), somebody of the station (served), or either (both); null where \
             nobody knows.",
        ))
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .enum_values(Some(names))
        .into()
}
