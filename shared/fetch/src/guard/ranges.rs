//! The addresses Gleaner never dials, as tables.
//!
//! IPv4 is open except for what is listed. IPv6 is closed except for global unicast, and there
//! again except for what is listed: forms that carry an IPv4 address inside are denied whole, since
//! the translator that unpacks them stands in somebody's network, behind the guard.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A denied range.
#[derive(Debug)]
pub(crate) struct Range<A> {
    first: A,
    prefix: u32,
    name: &'static str,
}

impl<A: fmt::Display> fmt::Display for Range<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}/{}` | {}", self.first, self.prefix, self.name)
    }
}

const fn v4(first: [u8; 4], prefix: u32, name: &'static str) -> Range<Ipv4Addr> {
    let [a, b, c, d] = first;
    Range {
        first: Ipv4Addr::new(a, b, c, d),
        prefix,
        name,
    }
}

const fn v6(first: [u16; 4], prefix: u32, name: &'static str) -> Range<Ipv6Addr> {
    let [a, b, c, d] = first;
    Range {
        first: Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0),
        prefix,
        name,
    }
}

/// Denied IPv4 ranges.
pub(crate) const DENIED_V4: &[Range<Ipv4Addr>] = &[
    v4([0, 0, 0, 0], 8, "this host"),
    v4([10, 0, 0, 0], 8, "private"),
    v4([100, 64, 0, 0], 10, "carrier-grade NAT"),
    v4([127, 0, 0, 0], 8, "loopback"),
    v4([168, 63, 129, 16], 32, "platform host"),
    v4([169, 254, 0, 0], 16, "link-local"),
    v4([172, 16, 0, 0], 12, "private"),
    v4([192, 0, 0, 0], 24, "protocol assignments"),
    v4([192, 0, 2, 0], 24, "documentation"),
    v4([192, 88, 99, 0], 24, "6to4 relay"),
    v4([192, 168, 0, 0], 16, "private"),
    v4([198, 18, 0, 0], 15, "benchmarking"),
    v4([198, 51, 100, 0], 24, "documentation"),
    v4([203, 0, 113, 0], 24, "documentation"),
    v4([224, 0, 0, 0], 4, "multicast"),
    v4([240, 0, 0, 0], 4, "reserved"),
];

/// The one IPv6 range that is open.
const GLOBAL_V6: Range<Ipv6Addr> = v6([0x2000, 0, 0, 0], 3, "global unicast");

/// Denied IPv6 ranges. Those outside of global unicast are listed for their names: the rest of the
/// space is denied as `not global unicast`.
pub(crate) const DENIED_V6: &[Range<Ipv6Addr>] = &[
    v6([0x0064, 0xff9b, 0, 0], 96, "NAT64"),
    v6([0x0064, 0xff9b, 0x0001, 0], 48, "local NAT64"),
    v6([0x0100, 0, 0, 0], 64, "discard"),
    v6([0x2001, 0, 0, 0], 32, "Teredo"),
    v6([0x2001, 0, 0, 0], 23, "protocol assignments"),
    v6([0x2001, 0x0db8, 0, 0], 32, "documentation"),
    v6([0x2002, 0, 0, 0], 16, "6to4"),
    v6([0x3fff, 0, 0, 0], 20, "documentation"),
    v6([0xfc00, 0, 0, 0], 7, "unique local"),
    v6([0xfe80, 0, 0, 0], 10, "link-local"),
    v6([0xfec0, 0, 0, 0], 10, "site-local"),
    v6([0xff00, 0, 0, 0], 8, "multicast"),
];

/// The name of the denied range `ip` is in; `None` means that it may be dialled.
pub(crate) fn denied(ip: IpAddr) -> Option<&'static str> {
    match ip {
        IpAddr::V4(ip) => denied_v4(ip),
        IpAddr::V6(ip) => denied_v6(ip),
    }
}

fn denied_v4(ip: Ipv4Addr) -> Option<&'static str> {
    let inside = |range: &&Range<Ipv4Addr>| {
        (ip.to_bits() ^ range.first.to_bits()).leading_zeros() >= range.prefix
    };
    DENIED_V4.iter().find(inside).map(|range| range.name)
}

fn denied_v6(ip: Ipv6Addr) -> Option<&'static str> {
    let inside = |range: &Range<Ipv6Addr>| {
        (ip.to_bits() ^ range.first.to_bits()).leading_zeros() >= range.prefix
    };
    if let Some(range) = DENIED_V6.iter().find(|range| inside(range)) {
        return Some(range.name);
    }
    if is_isatap(ip) {
        return Some("ISATAP");
    }
    if inside(&GLOBAL_V6) {
        return None;
    }
    let named = match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => "unspecified",
        [0, 0, 0, 0, 0, 0, 0, 1] => "loopback",
        [0, 0, 0, 0, 0, 0, ..] => "IPv4-compatible",
        [0, 0, 0, 0, 0, 0xffff, ..] => "IPv4-mapped",
        [0, 0, 0, 0, 0xffff, 0, ..] => "IPv4-translated",
        _ => "not global unicast",
    };
    Some(named)
}

/// ISATAP hides an IPv4 address behind the interface id `[02]00:5efe` under any prefix.
fn is_isatap(ip: Ipv6Addr) -> bool {
    let [_, _, _, _, high, low, _, _] = ip.segments();
    matches!(high, 0x0000 | 0x0200) && low == 0x5efe
}
