//! Stations and map cells as GeoJSON (RFC 7946): a point each, with the members of the JSON answer
//! as its properties.

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};

use super::opening::Source;
use super::{Cell, Map, StationList, StationPrice};

/// Part of a ranked list as GeoJSON (RFC 7946).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StationFeatures<'a> {
    /// Always `FeatureCollection`.
    #[schema(schema_with = collection_schema)]
    r#type: &'static str,
    /// Best first.
    features: Vec<StationFeature<'a>>,
    /// What must be shown with these stations, once each.
    sources: &'a [Source],
    /// Where the list goes on; null at its end.
    #[schema(required)]
    cursor: Option<&'a str>,
}

/// A station as a feature.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StationFeature<'a> {
    /// Always `Feature`.
    #[schema(schema_with = feature_schema)]
    r#type: &'static str,
    /// The station's id.
    id: &'a str,
    geometry: Point,
    /// The station as in the JSON answer.
    properties: &'a StationPrice,
}

/// A map's cells as GeoJSON (RFC 7946).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MapFeatures<'a> {
    /// Always `FeatureCollection`.
    #[schema(schema_with = collection_schema)]
    r#type: &'static str,
    /// At most 500.
    features: Vec<CellFeature<'a>>,
}

/// A cell as a feature.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CellFeature<'a> {
    /// Always `Feature`.
    #[schema(schema_with = feature_schema)]
    r#type: &'static str,
    geometry: Point,
    /// The cell as in the JSON answer.
    properties: &'a Cell,
}

/// Where it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Point {
    /// Always `Point`.
    #[schema(schema_with = point_schema)]
    r#type: &'static str,
    /// Longitude, then latitude, in degrees (WGS 84).
    #[schema(schema_with = coordinates_schema)]
    coordinates: [f64; 2],
}

impl<'a> From<&'a StationList> for StationFeatures<'a> {
    fn from(list: &'a StationList) -> Self {
        let features = list.stations.iter().map(|station| StationFeature {
            r#type: "Feature",
            id: &station.id,
            geometry: Point::at(station.lat, station.lon),
            properties: station,
        });
        Self {
            r#type: "FeatureCollection",
            features: features.collect(),
            sources: &list.sources,
            cursor: list.cursor.as_deref(),
        }
    }
}

impl<'a> From<&'a Map> for MapFeatures<'a> {
    fn from(map: &'a Map) -> Self {
        let feature = |cell: &'a Cell| CellFeature {
            r#type: "Feature",
            geometry: Point::at(cell.lat, cell.lon),
            properties: cell,
        };
        Self { r#type: "FeatureCollection", features: map.cells.iter().map(feature).collect() }
    }
}

impl Point {
    const fn at(lat: f64, lon: f64) -> Self {
        Self { r#type: "Point", coordinates: [lon, lat] }
    }
}

fn collection_schema() -> Schema {
    always("FeatureCollection")
}

fn feature_schema() -> Schema {
    always("Feature")
}

fn point_schema() -> Schema {
    always("Point")
}

fn always(word: &str) -> Schema {
    let description = format!("Always `{word}`.");
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some([word])).description(Some(description)).into()
}

fn coordinates_schema() -> Schema {
    ArrayBuilder::new()
        .items(ObjectBuilder::new().schema_type(Type::Number))
        .min_items(Some(2))
        .max_items(Some(2))
        .description(Some("Longitude, then latitude, in degrees (WGS 84)."))
        .examples([json!([-54.765349, -22.217551])])
        .into()
}
