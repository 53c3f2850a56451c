//! Where a visitor's network is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use maxminddb::{MaxMindDbError, geoip2};

use super::geo_file::GeoFile;
use super::recent::Recent;
use super::remembered::Remembered;
use crate::clicks::journal::record::Network;

/// Networks that are remembered.
const NETWORKS_MAX: usize = 65_536;

/// Names of countries, regions and cities that are remembered.
const NAMES_MAX: usize = 32_768;

/// A country and what is known within it.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// `AT`
    pub(super) country: Option<Arc<str>>,
    /// `AT-7`
    pub(super) region: Option<Arc<str>>,
    /// `Innsbruck, AT`
    pub(super) city: Option<Arc<str>>,
}

#[derive(Debug)]
pub(super) struct Places {
    file: Option<GeoFile>,
    known: Recent<Place>,
    names: Remembered,
}

impl Places {
    pub(super) fn new(file: Option<PathBuf>) -> Self {
        Self {
            file: file.map(GeoFile::open),
            known: Recent::new(NETWORKS_MAX),
            names: Remembered::new(NAMES_MAX),
        }
    }

    /// Looks whether there is a new database.
    pub(super) fn tick(&mut self, now: Instant) {
        if self.file.as_mut().is_some_and(|file| file.look(now)) {
            self.known.clear();
        }
    }

    /// Where a network is, as far as the database says.
    pub(super) fn of(&mut self, network: Network) -> Place {
        let Some(file) = &mut self.file else { return Place::default() };
        let Some((key, address)) = key_and_address(network) else { return Place::default() };
        if let Some(known) = self.known.get(key) {
            return known.clone();
        }
        let place = look_up(file, &mut self.names, address);
        self.known.insert(key, place.clone());
        place
    }
}

/// A number of its own for each network, and the network's first address.
fn key_and_address(network: Network) -> Option<(u64, IpAddr)> {
    match network {
        Network::Unknown => None,
        Network::V4([a, b, c]) => {
            let key = u64::from_be_bytes([4, 0, 0, 0, 0, a, b, c]);
            Some((key, Ipv4Addr::new(a, b, c, 0).into()))
        }
        Network::V6([a, b, c, d, e, f]) => {
            let key = u64::from_be_bytes([6, 0, a, b, c, d, e, f]);
            let address = [a, b, c, d, e, f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            Some((key, Ipv6Addr::from(address).into()))
        }
    }
}

fn look_up(file: &mut GeoFile, names: &mut Remembered, address: IpAddr) -> Place {
    let Some(reader) = file.reader() else { return Place::default() };
    let found = reader.lookup(address).and_then(|result| result.decode::<geoip2::City<'_>>());
    let fault = match found {
        Ok(record) => return record.map_or_else(Place::default, |record| named(&record, names)),
        // A database of IPv4 alone knows nothing of the others.
        Err(MaxMindDbError::InvalidInput { .. }) => return Place::default(),
        Err(fault) => fault,
    };
    file.warn(
        &fault,
        "the geo database has faulty records: their clicks are counted without places",
    );
    Place::default()
}

/// Regions and cities carry their country: their own names are not unique.
fn named(record: &geoip2::City<'_>, names: &mut Remembered) -> Place {
    let Some(country) = record.country.iso_code else { return Place::default() };
    let region = record.subdivisions.first().and_then(|region| region.iso_code);
    let city = record.city.names.english;
    Place {
        country: names.name(country),
        region: region.and_then(|region| names.name(&format!("{country}-{region}"))),
        city: city.and_then(|city| names.name(&format!("{city}, {country}"))),
    }
}
