//! Command `M`: the cells of a map (PROTOCOL §7.14), written and read.

use posto_market::{BoundingBox, Fuel, limits::MAX_CELLS};

use super::Command;
use super::fields::Fields;
use super::read::{NEXT_ALLOWED, bounds};
use super::write::with_box;
use crate::json::Object;
use crate::limits::MAX_ZOOM;
use crate::mistake::Mistake;

const ZOOM_RANGE: &str = "inteiro de 0 a 22";

/// What part of a map to draw; the moment is the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MapRequest {
    /// `tipoCombustivel`
    pub fuel: Fuel,
    /// `caixa`: what is seen of the map.
    pub bounds: BoundingBox,
    /// `zoom`: the level of web maps, 0..=22.
    pub zoom: u8,
    /// `proximo`: how many cells earlier answers have told, at most 500.
    pub skip: usize,
}

impl MapRequest {
    /// The text of a cursor that continues this map after so many cells: `<count>~<digest>`, both
    /// hexadecimal. The digest is that of the rest of the request, so that no other map is
    /// continued with it. Opaque to everyone else.
    #[must_use]
    pub fn cursor_text(&self, skip: usize) -> String {
        format!("{skip:x}~{:08x}", self.digest())
    }

    /// The request that goes on at such a cursor; `None` where it belongs to another map.
    #[must_use]
    pub fn at_cursor(&self, text: &str) -> Option<Self> {
        let (skip, digest) = text.split_once('~')?;
        let skip = usize::from_str_radix(skip, 16).ok().filter(|skip| *skip <= MAX_CELLS)?;
        let ours = u32::from_str_radix(digest, 16).is_ok_and(|digest| digest == self.digest());
        ours.then_some(Self { skip, ..*self })
    }

    /// FNV-1a (RFC 9923): it tells maps apart, it protects nothing.
    fn digest(&self) -> u32 {
        let (south_west, north_east) = (self.bounds.south_west(), self.bounds.north_east());
        let corners = [
            south_west.longitude_microdegrees(),
            south_west.latitude_microdegrees(),
            north_east.longitude_microdegrees(),
            north_east.latitude_microdegrees(),
        ];
        let bytes = corners.into_iter().flat_map(i32::to_be_bytes).chain([self.fuel.code(), self.zoom]);
        bytes.fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }
}

pub(super) fn write(object: Object, map: &MapRequest) -> Object {
    with_box(object.with("tipoCombustivel", map.fuel.code().to_string()), map.bounds)
        .with("zoom", u32::from(map.zoom))
        .with_some("proximo", (map.skip > 0).then(|| map.cursor_text(map.skip)))
}

pub(super) fn read(fields: &Fields<'_>) -> Result<Command, Mistake> {
    fields.require_all(&["tipoCombustivel", "caixa", "zoom"])?;
    let (fuel, bounds) = (fields.fuel("tipoCombustivel")?, bounds(fields)?);
    let zoom = fields.integer("zoom", ZOOM_RANGE)?.and_then(|zoom| u8::try_from(zoom).ok());
    let zoom = zoom.filter(|zoom| *zoom <= MAX_ZOOM).ok_or_else(|| Mistake::not_allowed("zoom", ZOOM_RANGE))?;
    let map = MapRequest { fuel, bounds, zoom, skip: 0 };
    let Some(text) = fields.text("proximo", NEXT_ALLOWED)? else { return Ok(Command::Map(map)) };
    let goes_on = map.at_cursor(text).ok_or_else(|| Mistake::not_allowed("proximo", NEXT_ALLOWED))?;
    Ok(Command::Map(goes_on))
}
