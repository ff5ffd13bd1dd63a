//! The guard against the list of hostile URLs, and against everything a generator thinks of.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

/// One line a URL: the expected, a tab, the URL with `\n`, `\t` and `\\` escaped.
const HOSTILE: &str = include_str!("../../tests/hostile-urls.tsv");

pub(crate) fn rows() -> Vec<(&'static str, String)> {
    let split = |line: &'static str| line.split_once('\t').expect("a tab in each line");
    let rows: Vec<_> = HOSTILE.lines().map(split).collect();
    assert_eq!(rows.len(), 110);
    rows.into_iter()
        .flat_map(|(expected, url)| [(expected, url.to_owned()), (expected, unescape(url))])
        .collect()
}

fn unescape(url: &str) -> String {
    url.replace("\\n", "\n")
        .replace("\\t", "\t")
        .replace("\\\\", "\\")
}

#[test]
fn every_hostile_url_is_judged_as_listed_escaped_or_not() {
    let guard = Guard::default();

    for (expected, url) in rows() {
        let judged = guard.judge_text(&url);

        match expected {
            "deny" => assert!(judged.is_err(), "{url:?} passed as {judged:?}"),
            "dns" => assert!(
                matches!(&judged, Ok(target) if matches!(target.peer, Peer::Name(_))),
                "{url:?} gave {judged:?}"
            ),
            "allow" => assert!(judged.is_ok(), "{url:?} gave {judged:?}"),
            other => panic!("no such expected: {other}"),
        }
    }
}

#[test]
fn an_allowed_literal_passes_with_its_port_and_with_no_other() {
    let guard = Guard::new(vec![SocketAddr::from(([127, 0, 0, 1], 8080))]);

    assert!(guard.judge_text("http://127.0.0.1:8080/a").is_ok());
    assert!(guard.judge_text("https://127.0.0.1:8080/a").is_ok());
    for denied in [
        "http://127.0.0.1/",
        "http://127.0.0.1:8081/",
        "http://127.0.0.2:8080/",
        "http://[::ffff:127.0.0.1]:8080/",
        "http://site.example:8080/",
        "http://localhost:8080/",
        "http://user@127.0.0.1:8080/",
    ] {
        assert!(guard.judge_text(denied).is_err(), "{denied} passed");
    }
}

#[test]
fn one_denied_answer_among_public_ones_denies_the_name() {
    let public: IpAddr = Ipv4Addr::new(93, 184, 215, 14).into();
    let public_v6: IpAddr = Ipv6Addr::new(0x2606, 0x4700, 0, 0, 0, 0, 0, 1).into();
    let private: IpAddr = Ipv4Addr::new(10, 0, 0, 1).into();

    assert_eq!(Guard::judge_answers(&[public, public_v6]), Ok(()));
    for mixed in [[public, private], [private, public], [public_v6, private]] {
        assert_eq!(
            Guard::judge_answers(&mixed),
            Err(Denial::Address {
                ip: private,
                range: "private"
            })
        );
    }
}

#[test]
fn the_first_and_last_address_of_a_range_are_denied_and_their_neighbours_are_not() {
    let edges = [
        ("9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"),
        (
            "100.63.255.255",
            "100.64.0.0",
            "100.127.255.255",
            "100.128.0.0",
        ),
        (
            "126.255.255.255",
            "127.0.0.0",
            "127.255.255.255",
            "128.0.0.0",
        ),
        (
            "168.63.129.15",
            "168.63.129.16",
            "168.63.129.16",
            "168.63.129.17",
        ),
        (
            "169.253.255.255",
            "169.254.0.0",
            "169.254.255.255",
            "169.255.0.0",
        ),
        (
            "172.15.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "172.32.0.0",
        ),
        ("191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"),
        (
            "192.167.255.255",
            "192.168.0.0",
            "192.168.255.255",
            "192.169.0.0",
        ),
        (
            "198.17.255.255",
            "198.18.0.0",
            "198.19.255.255",
            "198.20.0.0",
        ),
        ("2000:ffff::1", "2001::", "2001:1ff::1", "2001:200::"),
        ("2001:ffff::1", "2002::", "2002:ffff::1", "2003::"),
        (
            "2001:db7::1",
            "2001:db8::",
            "2001:db8:ffff::1",
            "2001:db9::",
        ),
        ("3ffe::1", "3fff::", "3fff:fff::1", "3fff:1000::"),
    ];
    for (before, first, last, after) in edges {
        for open in [before, after] {
            let ip = open.parse().expect("an address");
            assert_eq!(ranges::denied(ip), None, "{open}");
        }
        for closed in [first, last] {
            let ip = closed.parse().expect("an address");
            assert!(ranges::denied(ip).is_some(), "{closed}");
        }
    }
}

#[test]
fn the_readme_lists_exactly_the_ranges_that_are_denied() {
    let readme = include_str!("../../README.md");
    let listed = readme.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut listed: Vec<_> = listed
        .filter_map(|row| Some(format!("`{}", row.rsplit_once(" | ")?.0)))
        .filter(|row| row.contains('/'))
        .collect();
    let v4 = ranges::DENIED_V4.iter().map(ToString::to_string);
    let mut denied: Vec<_> = v4
        .chain(ranges::DENIED_V6.iter().map(ToString::to_string))
        .collect();

    listed.sort();
    denied.sort();
    assert_eq!(listed, denied);
}

/// The same question answered by other means: the standard library's predicates.
fn is_surely_internal(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_broadcast()
                || ip.is_documentation()
                || ip.is_multicast()
                || ip.is_unspecified()
        }
        IpAddr::V6(ip) => {
            let mapped = ip.to_ipv4().is_some();
            mapped
                || ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_multicast()
                || ip.is_unique_local()
                || ip.is_unicast_link_local()
        }
    }
}

proptest! {
    #[test]
    fn no_internal_ipv4_address_ever_passes(bits: u32) {
        let ip = IpAddr::V4(Ipv4Addr::from_bits(bits));
        if is_surely_internal(ip) {
            prop_assert!(ranges::denied(ip).is_some());
        }
    }

    #[test]
    fn no_internal_ipv6_address_ever_passes(bits: u128, high in 0_u16..=0xffff) {
        let spread = (bits & (u128::MAX >> 16)) | u128::from(high) << 112;
        for bits in [bits, spread] {
            let ip = IpAddr::V6(Ipv6Addr::from_bits(bits));
            if is_surely_internal(ip) {
                prop_assert!(ranges::denied(ip).is_some());
            }
        }
    }

    #[test]
    fn an_internal_ipv4_address_is_denied_however_it_is_wrapped(bits: u32) {
        let [a, b, c, d] = bits.to_be_bytes();
        let (high, low) = (bits >> 16, bits & 0xffff);
        let denied = ranges::denied(Ipv4Addr::from_bits(bits).into()).is_some();
        let guard = Guard::default();
        for wrapped in [
            format!("http://{a}.{b}.{c}.{d}/"),
            format!("http://{bits}/"),
            format!("http://0x{bits:x}/"),
            format!("http://0{bits:o}/"),
            format!("http://{a}.{}/", bits & 0xff_ffff),
            format!("http://0x{a:x}.0{b:o}.{c}.{d}./"),
        ] {
            prop_assert_eq!(guard.judge_text(&wrapped).is_err(), denied, "{}", wrapped);
        }
        for wrapped in [
            format!("http://[::ffff:{high:x}:{low:x}]/"),
            format!("http://[::{high:x}:{low:x}]/"),
            format!("http://[::ffff:0:{high:x}:{low:x}]/"),
            format!("http://[64:ff9b::{high:x}:{low:x}]/"),
            format!("http://[64:ff9b:1::{high:x}:{low:x}]/"),
            format!("http://[2002:{high:x}:{low:x}::1]/"),
            format!("http://[2001:0:{high:x}:{low:x}::1]/"),
            format!("http://[2606:4700::5efe:{high:x}:{low:x}]/"),
        ] {
            prop_assert!(guard.judge_text(&wrapped).is_err(), "{}", wrapped);
        }
    }

    #[test]
    fn what_passes_is_public_http_on_a_web_port(url in url_like()) {
        if let Ok(target) = Guard::default().judge_text(&url) {
            prop_assert!(matches!(target.url.scheme(), "http" | "https"));
            prop_assert!(matches!(target.port, 80 | 443));
            prop_assert!(target.url.username().is_empty() && target.url.fragment().is_none());
            match target.peer {
                Peer::Literal(ip) => prop_assert!(!is_surely_internal(ip)),
                Peer::Name(name) => prop_assert!(name.contains('.') && !name.ends_with('.')),
            }
        }
    }

    #[test]
    fn any_text_is_judged_without_a_panic(text in any::<String>(), host in any::<String>()) {
        for text in [text, format!("http://{host}/"), format!("https://example.com/{host}")] {
            let passed = Guard::default().judge_text(&text).is_ok();
            prop_assert!(!passed || text.trim().to_ascii_lowercase().starts_with("http"));
        }
    }
}

/// Texts that look enough like URLs to get past the parser.
fn url_like() -> impl Strategy<Value = String> {
    let scheme = "(http|https|HTTP|ftp|file|ws)";
    let user = "(|a@|a:b@|@)";
    let host = "([a-z0-9.-]{1,20}|[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}|0x[0-9a-f]{1,8}\
        |[0-9]{1,10}|\\[[0-9a-f:]{2,20}\\]|localhost|[a-z]{1,5}\\.local\\.?)";
    let port = "(|:80|:443|:0|:22|:8080|:99999)";
    (scheme, user, host, port, "(|/|/[ -~]{0,20})")
        .prop_map(|(scheme, user, host, port, path)| format!("{scheme}://{user}{host}{port}{path}"))
}
