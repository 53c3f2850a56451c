//! Visitors of a day in the stored form, as `src/clicks/visitors/sketch.rs` makes it.

use anyhow::{Context as _, Result};
use datasketches::hash::value::raw_bytes;
use datasketches::hll::{HllSketch, HllType, HllUnion};

const VERSION: u8 = 1;
const LG_REGISTERS: u8 = 12;

/// The sketch of these visitors.
pub(crate) fn of(visitors: impl Iterator<Item = u64>) -> Result<Vec<u8>> {
    let size = "12 is a size";
    let mut sketch = HllSketch::new(LG_REGISTERS, HllType::Hll8).ok().context(size)?;
    for visitor in visitors {
        sketch.update(raw_bytes::from_slice(&visitor.to_le_bytes()));
    }
    let mut union = HllUnion::new(LG_REGISTERS).ok().context(size)?;
    union.update(&sketch);
    let mut stored = vec![VERSION];
    stored.extend_from_slice(&union.to_sketch(HllType::Hll4).serialize());
    Ok(stored)
}
