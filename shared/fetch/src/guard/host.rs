//! Which host names are worth a question to the resolver.

use url::Host;

use super::target::{Peer, Rejection};
use crate::reason::{BadUrl, Denial};

/// Names below these belong to a machine or a site of its own, never to the public web. `internal`
/// is where clouds keep their metadata hosts.
const LOCAL_ZONES: [&str; 5] = ["localhost", "local", "internal", "home.arpa", "onion"];

/// The longest name, and the longest label, that DNS can ask for.
const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// Takes a URL's host apart.
pub(super) fn peer(host: &Host<&str>) -> Result<Peer, Rejection> {
    match host {
        Host::Ipv4(ip) => Ok(Peer::Literal((*ip).into())),
        Host::Ipv6(ip) => Ok(Peer::Literal((*ip).into())),
        Host::Domain(name) => Ok(Peer::Name(judge_name(name)?)),
    }
}

/// Gives the name without its trailing dot.
fn judge_name(name: &str) -> Result<String, Rejection> {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    if name.len() > NAME_BYTES_MAX || !name.split('.').all(is_label) {
        return Err(BadUrl::Host.into());
    }
    let local = LOCAL_ZONES.iter().any(|zone| is_in_zone(&name, zone));
    if local || !name.contains('.') {
        return Err(Denial::LocalName(name).into());
    }
    Ok(name)
}

fn is_label(label: &str) -> bool {
    let spelt = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=LABEL_BYTES_MAX).contains(&label.len()) && label.bytes().all(spelt)
}

fn is_in_zone(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
