//! URLs of endpoints.

use std::net::IpAddr;

use url::Url;

use super::Reader;

/// An http or https URL that may be absent; anything else is a fault.
pub(super) fn url(reader: &mut Reader<'_>, name: &str, example: &str) -> Option<Url> {
    let text = reader.optional(name)?;
    let parsed = endpoint(text);
    if parsed.is_none() {
        reader.fault(
            name,
            format!("is not an http or https URL without a user (example: {example})"),
        );
    }
    parsed
}

/// An endpoint's URL. One with a user or password in it is none: URLs are shown in logs.
pub(super) fn endpoint(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    (plain && matches!(url.scheme(), "http" | "https")).then_some(url)
}

/// Whether a URL's host is this machine.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(is_loopback_host)
}

/// Whether a host is this machine or one of the same private network: nobody else waits for it.
pub(super) fn is_near(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => {
            ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()
        }
        Err(_a_name) => {
            let last = bare.rsplit('.').next().unwrap_or(bare);
            is_loopback_host(bare) || last == bare || matches!(last, "local" | "internal")
        }
    }
}

/// Whether a host is this machine, by its name or address.
pub(super) fn is_loopback_host(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
