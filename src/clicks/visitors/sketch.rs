//! The stored form of a sketch: a version, then a HyperLogLog image of DataSketches.
//!
//! 2^12 registers: an estimate is off by 1.6 % (one standard deviation) from a few hundred visitors
//! on, and exact for a handful. In four bits a register a full sketch takes 2.1 KB; up to some 380
//! visitors it is a list of 4 bytes each.
//!
//! An image is looked through before the library reads it, since the library takes some parts at
//! their word and would panic later.

use datasketches::hash::value::raw_bytes;
use datasketches::hll::{HllSketch, HllType, HllUnion};

/// The first byte of the stored form.
const VERSION: u8 = 1;

/// Binary logarithm of the number of registers.
const LG_REGISTERS: u8 = 12;

/// Bytes of an image before its content, by its mode.
const LIST_HEAD: usize = 8;
const SET_HEAD: usize = 12;
const REGISTERS_HEAD: usize = 40;

/// Bytes of a visitor in a list or set, and of a register that does not fit in four bits.
const COUPON_BYTES: usize = 4;

/// How many visitors a sketch holds, about. `None` when this version of Carom cannot read it.
#[must_use]
pub fn estimate(stored: &[u8]) -> Option<u64> {
    let mut union = empty_union();
    union.update(&decode(stored)?);
    // Not the history-based estimate, which knows how often a sketch was merged: the same visitors
    // must give the same figure on whatever way they came.
    Some(union.composite_estimate().round() as u64)
}

/// The visitors of both. `None` when this version of Carom cannot read one of them.
#[must_use]
pub fn union(stored: &[u8], added: &[u8]) -> Option<Vec<u8>> {
    let mut union = empty_union();
    union.update(&decode(stored)?);
    union.update(&decode(added)?);
    Some(encode_union(&union))
}

pub(super) fn empty() -> HllSketch {
    HllSketch::new(LG_REGISTERS, HllType::Hll8).expect("12 is a size")
}

pub(super) fn add(sketch: &mut HllSketch, visitor: u64) {
    // Its bytes in one order on every machine.
    sketch.update(raw_bytes::from_slice(&visitor.to_le_bytes()));
}

pub(super) fn encode(sketch: &HllSketch) -> Vec<u8> {
    let mut union = empty_union();
    union.update(sketch);
    encode_union(&union)
}

/// Adds the visitors of a stored sketch to one in memory; nothing when it cannot be read.
pub(super) fn add_stored(sketch: &mut HllSketch, stored: &[u8]) {
    if let Some(stored) = decode(stored) {
        let mut union = empty_union();
        union.update(sketch);
        union.update(&stored);
        *sketch = union.to_sketch(HllType::Hll8);
    }
}

fn empty_union() -> HllUnion {
    HllUnion::new(LG_REGISTERS).expect("12 is a size")
}

fn encode_union(union: &HllUnion) -> Vec<u8> {
    let image = union.to_sketch(HllType::Hll4).serialize();
    let mut stored = Vec::with_capacity(1 + image.len());
    stored.push(VERSION);
    stored.extend_from_slice(&image);
    stored
}

fn decode(stored: &[u8]) -> Option<HllSketch> {
    let (&VERSION, image) = stored.split_first()? else { return None };
    if !is_ours(image) {
        return None;
    }
    HllSketch::deserialize(image).ok()
}

/// Whether an image is such as [`encode`] makes it, as far as the library does not look itself.
/// Its estimates do not matter, because every reader goes through a union, which makes them anew.
fn is_ours(image: &[u8]) -> bool {
    const COMPACT: u8 = 8;
    const LIST: u8 = 0;
    const SET: u8 = 1;
    const REGISTERS: u8 = 2;
    let &[_, _, _, lg_registers, lg_slots, flags, state, mode, ..] = image else { return false };
    if lg_registers != LG_REGISTERS || flags & COMPACT == 0 {
        return false;
    }
    match mode {
        // A list of eight would have become a set.
        LIST => state < 8 && are_coupons(&image[LIST_HEAD..], usize::from(state)),
        SET => {
            let count = number_at(image, 8);
            // Three quarters full at most: the library looks for a free slot until it finds one.
            (5..=9).contains(&lg_slots)
                && count.is_some_and(|count| {
                    4 * count <= 3 << lg_slots && are_coupons(&image[SET_HEAD..], count)
                })
        }
        REGISTERS => {
            let large = number_at(image, REGISTERS_HEAD - 4);
            let registers = 1 << (LG_REGISTERS - 1);
            let length =
                |large: usize| Some(REGISTERS_HEAD + registers + large.checked_mul(COUPON_BYTES)?);
            // A register holds 63 at most, its offset four bits of them.
            state <= 63 - 15 && large.and_then(length) == Some(image.len())
        }
        _ => false,
    }
}

/// Whether these bytes are so many coupons, none of them empty.
fn are_coupons(bytes: &[u8], count: usize) -> bool {
    bytes.len() == count * COUPON_BYTES
        && bytes.chunks_exact(COUPON_BYTES).all(|coupon| coupon != [0; COUPON_BYTES])
}

fn number_at(image: &[u8], place: usize) -> Option<usize> {
    let bytes = image.get(place..place + 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::clicks::visitors::VisitorKey;
    use crate::model::time::Millis;
    use crate::store::salts::Salt;

    /// Stored sketches of visitors as a day's key names them.
    fn stored(visitors: std::ops::Range<u32>) -> Vec<u8> {
        let key = VisitorKey::new(Salt { day: Millis::from_epoch(0), bytes: [7; 16] });
        let mut sketch = empty();
        for visitor in visitors {
            add(&mut sketch, key.hash(std::net::Ipv4Addr::from(visitor).into(), b"Firefox"));
        }
        encode(&sketch)
    }

    fn error_of(estimate: u64, truth: u32) -> f64 {
        (estimate as f64 / f64::from(truth) - 1.0).abs()
    }

    #[test]
    fn a_handful_of_visitors_is_counted_exactly() {
        for visitors in 0..=50 {
            assert_eq!(estimate(&stored(0..visitors)), Some(u64::from(visitors)));
        }
    }

    #[test]
    fn estimates_are_off_by_less_than_three_per_cent() {
        for visitors in [300, 400, 2_000, 10_000, 12_000, 100_000] {
            let estimate = estimate(&stored(0..visitors)).expect("a sketch");
            assert!(error_of(estimate, visitors) < 0.03, "{estimate} for {visitors}");
        }
    }

    #[test]
    fn a_union_counts_common_visitors_once_and_is_idempotent() {
        for (left, right, all) in [
            (0..3, 1..5, 0..5),
            (0..100, 50..200, 0..200),
            (0..300, 200..600, 0..600),
            (0..50, 0..30_000, 0..30_000),
            (0..60_000, 30_000..100_000, 0..100_000),
        ] {
            let (left, right, all) = (stored(left), stored(right), stored(all));
            let both = union(&left, &right).expect("a union");

            assert_eq!(estimate(&both), estimate(&all));
            assert_eq!(estimate(&union(&right, &left).expect("a union")), estimate(&all));
            for again in [&left, &right, &both] {
                let again = union(&both, again).expect("a union");
                assert_eq!(estimate(&again), estimate(&all));
            }
        }
    }

    #[test]
    fn a_sketch_takes_2_kb_at_most_and_few_bytes_for_few_visitors() {
        assert_eq!(stored(0..1).len(), 13);
        assert!(stored(0..50).len() <= 1 + SET_HEAD + 200);
        assert!(stored(0..1_000_000).len() < 2_200);
    }

    #[test]
    fn what_another_version_wrote_is_not_read() {
        let mut newer = stored(0..5);
        newer[0] = VERSION + 1;
        assert_eq!(estimate(&newer), None);
        assert_eq!(union(&newer, &stored(0..5)), None);
        assert_eq!(union(&stored(0..5), &newer), None);
        assert_eq!(estimate(b""), None);
    }

    /// A list, a set, and registers.
    static SOUND: LazyLock<[Vec<u8>; 3]> =
        LazyLock::new(|| [3, 100, 5_000].map(|visitors| stored(0..visitors)));

    fn look_at(bytes: &[u8]) {
        for sound in &*SOUND {
            for both in [union(bytes, sound), union(sound, bytes)] {
                assert_eq!(both.is_some(), estimate(bytes).is_some());
                assert!(both.is_none_or(|both| estimate(&both).is_some()));
            }
        }
        let mut sketch = empty();
        add_stored(&mut sketch, bytes);
        (0..500).for_each(|visitor| add(&mut sketch, visitor));
        assert!(estimate(&encode(&sketch)).is_some());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn no_stored_bytes_make_it_panic(
            mut bytes in proptest::collection::vec(any::<u8>(), 0..2_200),
        ) {
            look_at(&bytes);
            if let Some(version) = bytes.first_mut() {
                *version = VERSION;
                look_at(&bytes);
            }
        }

        #[test]
        fn no_damage_to_a_sketch_makes_it_panic(
            visitors in prop_oneof![0..8_u32, 8..400_u32, 400..4_000_u32],
            damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
            is_in_head in any::<bool>(),
        ) {
            let mut bytes = stored(0..visitors);
            let reach = if is_in_head { bytes.len().min(48) } else { bytes.len() };
            for (place, byte) in damage {
                bytes[place.index(reach)] = byte;
            }
            bytes[0] = VERSION;
            look_at(&bytes);
        }

        #[test]
        fn no_registers_make_it_panic(
            registers in proptest::collection::vec(any::<u8>(), 2_048),
            least in 0_u8..64,
            large in proptest::collection::vec(any::<u32>(), 0..300),
            head in any::<[u8; 28]>(),
        ) {
            let mut bytes = vec![VERSION, 10, 1, 7, LG_REGISTERS, 0, 8, least, 2];
            bytes.extend_from_slice(&head);
            bytes.extend_from_slice(&u32::try_from(large.len()).expect("few").to_le_bytes());
            bytes.extend_from_slice(&registers);
            large.iter().for_each(|coupon| bytes.extend_from_slice(&coupon.to_le_bytes()));
            look_at(&bytes);
        }
    }
}
