//! Writes small MaxMind databases (MaxMind DB format 2.0) of the City schema.

use std::net::IpAddr;

/// A network and what the database says of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Located {
    /// Its first address.
    pub(crate) address: &'static str,
    /// The bits that its addresses share.
    pub(crate) prefix: usize,
    /// `country.iso_code`
    pub(crate) country: &'static str,
    /// `subdivisions[0].iso_code`; empty for none.
    pub(crate) region: &'static str,
    /// `city.names.en`; empty for none.
    pub(crate) city: &'static str,
}

/// Parts the search tree from the data.
const SEPARATOR: [u8; 16] = [0; 16];

/// What a side of a node leads to.
#[derive(Debug, Clone, Copy)]
enum Side {
    Nothing,
    Node(usize),
    /// An offset in the data.
    Data(usize),
}

/// A database of both IP versions, as a file's bytes.
pub(crate) fn database(places: &[Located]) -> Vec<u8> {
    let mut nodes = vec![[Side::Nothing; 2]];
    let mut data = Vec::new();
    for place in places {
        let offset = data.len();
        data.extend(record(place));
        insert(&mut nodes, &bits(place), offset);
    }
    let mut bytes: Vec<u8> =
        nodes.iter().flatten().flat_map(|side| pointer(*side, nodes.len())).collect();
    bytes.extend(SEPARATOR);
    bytes.extend(data);
    bytes.extend(b"\xab\xcd\xefMaxMind.com");
    bytes.extend(metadata(nodes.len()));
    bytes
}

/// The way through the tree: IPv4 stands under `::/96`.
fn bits(place: &Located) -> Vec<usize> {
    let (bytes, prefix) = match place.address.parse().expect("an address") {
        IpAddr::V4(v4) => (v4.to_ipv6_compatible().octets(), place.prefix + 96),
        IpAddr::V6(v6) => (v6.octets(), place.prefix),
    };
    let bit = |at: usize| usize::from(bytes[at / 8] >> (7 - at % 8) & 1);
    (0..prefix).map(bit).collect()
}

fn insert(nodes: &mut Vec<[Side; 2]>, way: &[usize], offset: usize) {
    let (last, way) = way.split_last().expect("a network of one bit at least");
    let mut at = 0;
    for bit in way {
        at = match nodes[at][*bit] {
            Side::Node(next) => next,
            Side::Nothing => {
                nodes.push([Side::Nothing; 2]);
                let next = nodes.len() - 1;
                nodes[at][*bit] = Side::Node(next);
                next
            }
            Side::Data(_) => panic!("networks must not overlap"),
        };
    }
    nodes[at][*last] = Side::Data(offset);
}

fn pointer(side: Side, nodes: usize) -> [u8; 3] {
    let number = match side {
        Side::Nothing => nodes,
        Side::Node(node) => node,
        Side::Data(offset) => nodes + SEPARATOR.len() + offset,
    };
    let [zero, bytes @ ..] = u32::try_from(number).expect("a small database").to_be_bytes();
    assert_eq!(zero, 0, "a small database");
    bytes
}

fn record(place: &Located) -> Vec<u8> {
    let mut fields = vec![("country", map(&[("iso_code", text(place.country))]))];
    if !place.region.is_empty() {
        let region = map(&[("iso_code", text(place.region))]);
        fields.push(("subdivisions", list(&[region])));
    }
    if !place.city.is_empty() {
        let names = map(&[("de", text("not this one")), ("en", text(place.city))]);
        fields.push(("city", map(&[("names", names)])));
    }
    map(&fields)
}

fn metadata(nodes: usize) -> Vec<u8> {
    let nodes = u32::try_from(nodes).expect("a small database");
    map(&[
        ("node_count", number(6, &nodes.to_be_bytes())),
        ("record_size", number(5, &24u16.to_be_bytes())),
        ("ip_version", number(5, &6u16.to_be_bytes())),
        ("database_type", text("Test-City")),
        ("languages", list(&[text("en")])),
        ("binary_format_major_version", number(5, &2u16.to_be_bytes())),
        ("binary_format_minor_version", number(5, &0u16.to_be_bytes())),
        ("build_epoch", number(9, &1_700_000_000u64.to_be_bytes())),
        ("description", map(&[("en", text("a test's"))])),
    ])
}

/// The control byte and what follows it: a type above 7 has a byte of its own, as has a size above 28.
fn control(kind: u8, size: usize) -> Vec<u8> {
    let size = u8::try_from(size).expect("a short text");
    let (in_control, extended) = if size < 29 { (size, None) } else { (29, Some(size - 29)) };
    let mut bytes =
        if kind <= 7 { vec![kind << 5 | in_control] } else { vec![in_control, kind - 7] };
    bytes.extend(extended);
    bytes
}

fn text(text: &str) -> Vec<u8> {
    [control(2, text.len()), text.into()].concat()
}

fn number(kind: u8, bytes: &[u8]) -> Vec<u8> {
    [control(kind, bytes.len()), bytes.into()].concat()
}

fn map(fields: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = control(7, fields.len());
    fields.iter().for_each(|(name, value)| bytes.extend([text(name), value.clone()].concat()));
    bytes
}

fn list(items: &[Vec<u8>]) -> Vec<u8> {
    [control(11, items.len()), items.concat()].concat()
}
