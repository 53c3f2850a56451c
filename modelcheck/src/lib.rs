//! Every interleaving of the thread that publishes clicks and the one that reads them.

#![cfg(loom)]

#[path = "../../src/clicks/journal/publish.rs"]
pub mod publish;

#[cfg(test)]
mod tests {
    use loom::cell::UnsafeCell;
    use loom::sync::Arc;
    use loom::thread;

    use crate::publish::Published;

    /// Two places, each written once by the writer, as a segment's bytes are. loom fails when a read
    /// of one is not ordered after its write.
    struct Segment {
        places: [UnsafeCell<u64>; 2],
        published: Published,
    }

    // SAFETY: a place is read only below what was published, and never written again: loom checks
    // exactly this.
    unsafe impl Sync for Segment {}

    fn segment() -> Arc<Segment> {
        let places = [UnsafeCell::new(0), UnsafeCell::new(0)];
        Arc::new(Segment { places, published: Published::new(0) })
    }

    fn write_and_leave(segment: &Segment) {
        for (place, cell) in segment.places.iter().enumerate() {
            // SAFETY: above what is published, and there is one writer.
            cell.with_mut(|value| unsafe { *value = 7 + place as u64 });
            segment.published.publish(place + 1);
        }
        segment.published.leave();
    }

    fn check_below(segment: &Segment, end: usize) {
        for (place, cell) in segment.places[..end].iter().enumerate() {
            // SAFETY: below what is published.
            assert_eq!(cell.with(|value| unsafe { *value }), 7 + place as u64);
        }
    }

    #[test]
    fn whoever_sees_an_end_sees_the_bytes_below_it() {
        loom::model(|| {
            let shared = segment();
            let writer = Arc::clone(&shared);
            let writing = thread::spawn(move || write_and_leave(&writer));
            let mut before = 0;
            for _ in 0..3 {
                let end = shared.published.end();
                assert!(end >= before, "an end only grows");
                check_below(&shared, end);
                before = end;
            }
            writing.join().expect("the writer ends");
        });
    }

    #[test]
    fn an_end_read_after_the_writer_left_is_the_last_one() {
        loom::model(|| {
            let shared = segment();
            let writer = Arc::clone(&shared);
            let writing = thread::spawn(move || write_and_leave(&writer));
            if shared.published.is_left() {
                let end = shared.published.end();
                assert_eq!(end, 2);
                check_below(&shared, end);
            }
            writing.join().expect("the writer ends");
            assert!(shared.published.is_left());
            assert_eq!(shared.published.end(), 2);
        });
    }
}
