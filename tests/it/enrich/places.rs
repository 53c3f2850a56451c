//! Places, from a database that comes, goes, changes and breaks.

use std::fs;
use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use carom::clicks::enrich::Enricher;
use carom::clicks::journal::record::{Click, Network};
use carom::model::dimension::Dimension;
use tempfile::TempDir;

use super::fixture::{click, enricher_with, value};
use crate::support::mmdb::{Located, database};

/// Time after which the file is looked at again.
const LOOK: Duration = Duration::from_secs(10);

const INNSBRUCK: Located =
    Located { address: "192.0.2.0", prefix: 24, country: "AT", region: "7", city: "Innsbruck" };
const COUNTRY_ALONE: Located =
    Located { address: "198.51.100.0", prefix: 24, country: "JP", region: "", city: "" };
const NETWORK_OF_V6: Located =
    Located { address: "2001:db8:1::", prefix: 48, country: "CA", region: "QC", city: "Montréal" };
const GRAZ: Located = Located { region: "6", city: "Graz", ..INNSBRUCK };

/// A directory with or without a database.
struct Place {
    _directory: TempDir,
    file: PathBuf,
}

impl Place {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("city.mmdb");
        Self { _directory: directory, file }
    }

    fn with(places: &[Located]) -> Self {
        let place = Self::new();
        fs::write(&place.file, database(places)).expect("a database");
        place
    }

    /// As updaters do it: a new file takes the old one's place.
    fn replace(&self, bytes: &[u8]) {
        let new = self.file.with_extension("new");
        fs::write(&new, bytes).expect("a file");
        fs::rename(new, &self.file).expect("a place");
    }
}

fn from(address: &str) -> Click<'static> {
    let address: IpAddr = address.parse().expect("an address");
    Click { network: Network::of(address), ..click() }
}

fn city(enricher: &mut Enricher) -> Option<String> {
    value(&enricher.enrich(&from("192.0.2.77")), Dimension::City).map(str::to_owned)
}

#[test]
fn a_network_s_place_is_what_the_database_says() {
    let place = Place::with(&[INNSBRUCK, COUNTRY_ALONE, NETWORK_OF_V6]);
    let mut enricher = enricher_with(&place.file);
    // The second time from memory.
    for _ in 0..2 {
        for (address, country, region, city) in [
            ("192.0.2.77", Some("AT"), Some("AT-7"), Some("Innsbruck, AT")),
            ("::ffff:192.0.2.77", Some("AT"), Some("AT-7"), Some("Innsbruck, AT")),
            ("198.51.100.1", Some("JP"), None, None),
            ("2001:db8:1:2::3", Some("CA"), Some("CA-QC"), Some("Montréal, CA")),
            ("2001:db8:2::", None, None, None),
            ("203.0.113.9", None, None, None),
        ] {
            let enriched = enricher.enrich(&from(address));
            assert_eq!(value(&enriched, Dimension::Country), country, "{address}");
            assert_eq!(value(&enriched, Dimension::Region), region, "{address}");
            assert_eq!(value(&enriched, Dimension::City), city, "{address}");
        }
    }
    assert_eq!(enricher.enrich(&click()).values.known().count(), 0);
}

#[test]
fn a_new_database_is_read_within_ten_seconds() {
    let place = Place::with(&[INNSBRUCK]);
    let mut enricher = enricher_with(&place.file);
    let start = Instant::now();
    enricher.tick(start);
    assert_eq!(city(&mut enricher).as_deref(), Some("Innsbruck, AT"));
    place.replace(&database(&[GRAZ]));
    enricher.tick(start + LOOK / 2);
    assert_eq!(city(&mut enricher).as_deref(), Some("Innsbruck, AT"));
    enricher.tick(start + LOOK);
    assert_eq!(city(&mut enricher).as_deref(), Some("Graz, AT"));
    // Written over in place, which no map of the file would outlive.
    fs::write(&place.file, database(&[INNSBRUCK, COUNTRY_ALONE])).expect("a database");
    enricher.tick(start + 2 * LOOK);
    assert_eq!(city(&mut enricher).as_deref(), Some("Innsbruck, AT"));
}

#[test]
fn a_broken_or_missing_new_database_leaves_the_old_one_in_use_and_is_told_once() {
    let place = Place::with(&[INNSBRUCK]);
    let log = Log::default();
    tracing::subscriber::with_default(log.subscriber(), || {
        let mut enricher = enricher_with(&place.file);
        let mut now = Instant::now();
        let mut tick = |enricher: &mut Enricher| {
            now += LOOK;
            enricher.tick(now);
            city(enricher)
        };
        let good = database(&[GRAZ]);
        place.replace(&good[..good.len() / 2]);
        assert_eq!(tick(&mut enricher).as_deref(), Some("Innsbruck, AT"));
        place.replace(b"");
        assert_eq!(tick(&mut enricher).as_deref(), Some("Innsbruck, AT"));
        fs::remove_file(&place.file).expect("a file");
        assert_eq!(tick(&mut enricher).as_deref(), Some("Innsbruck, AT"));
        assert_eq!(log.warnings(), 1, "{}", log.text());
        place.replace(&good);
        assert_eq!(tick(&mut enricher).as_deref(), Some("Graz, AT"));
        place.replace(b"no database");
        assert_eq!(tick(&mut enricher).as_deref(), Some("Graz, AT"));
        assert_eq!(log.warnings(), 2, "{}", log.text());
    });
}

#[test]
fn a_database_that_is_not_there_yet_is_told_once_and_read_when_it_comes() {
    let place = Place::new();
    let log = Log::default();
    tracing::subscriber::with_default(log.subscriber(), || {
        let mut enricher = enricher_with(&place.file);
        let start = Instant::now();
        assert_eq!(city(&mut enricher), None);
        enricher.tick(start);
        enricher.tick(start + LOOK);
        assert_eq!(log.warnings(), 1, "{}", log.text());
        place.replace(&database(&[INNSBRUCK]));
        enricher.tick(start + 2 * LOOK);
        assert_eq!(city(&mut enricher).as_deref(), Some("Innsbruck, AT"));
    });
}

#[test]
fn what_is_no_file_is_not_read() {
    let directory = tempfile::tempdir().expect("a directory");
    for path in [directory.path(), "/dev/zero".as_ref()] {
        assert_eq!(city(&mut enricher_with(path)), None);
    }
}

#[test]
fn faulty_records_are_told_once_and_cost_only_their_places() {
    let mut bytes = database(&[INNSBRUCK, COUNTRY_ALONE]);
    let at = bytes.windows(8).position(|bytes| bytes == b"iso_code").expect("a record");
    // The country's code becomes a map of more fields than there are bytes.
    bytes[at + 8] = 0xff;
    let place = Place::new();
    place.replace(&bytes);
    let log = Log::default();
    tracing::subscriber::with_default(log.subscriber(), || {
        let mut enricher = enricher_with(&place.file);
        for address in ["192.0.2.1", "192.0.2.1", "198.51.100.1"] {
            let enriched = enricher.enrich(&from(address));
            let is_good = address == "198.51.100.1";
            assert_eq!(value(&enriched, Dimension::Country), is_good.then_some("JP"));
        }
        assert_eq!(log.warnings(), 1, "{}", log.text());
    });
}

/// What was logged on this thread.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn subscriber(&self) -> impl tracing::Subscriber + use<> {
        let log = self.clone();
        tracing_subscriber::fmt().with_ansi(false).with_writer(move || log.clone()).finish()
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("a log").clone()).expect("text")
    }

    fn warnings(&self) -> usize {
        self.text().lines().filter(|line| line.contains(" WARN ")).count()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a log").extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
