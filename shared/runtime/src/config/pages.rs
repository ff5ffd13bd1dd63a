//! Pages: fetching them, and where the text of known sites is.

use std::net::SocketAddr;

use super::Reader;
use super::function::in_real_lambda;
use crate::tls::CaBundle;

/// Fetching pages.
#[derive(Clone, Debug, Default)]
pub struct Fetch {
    /// A page or address in the user agent, for site owners who want to complain.
    pub contact: Option<String>,
    /// The only private addresses that may be dialled, each with its port.
    pub allow_addrs: Vec<SocketAddr>,
    /// A name server to ask instead of the system's.
    pub dns: Option<SocketAddr>,
    /// PEM bundle to trust besides the system's.
    pub ca_file: Option<CaBundle>,
}

impl Fetch {
    /// Reads the `FETCH_` variables.
    pub fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let mut allow_addrs = Vec::new();
        for part in reader
            .optional("FETCH_ALLOW_ADDRS")
            .unwrap_or("")
            .split(',')
        {
            match part.trim() {
                "" => {}
                text => match text.parse() {
                    Ok(address) => allow_addrs.push(address),
                    Err(_) => reader.fault(
                        "FETCH_ALLOW_ADDRS",
                        format!("has {text:?}, which is not ip:port"),
                    ),
                },
            }
        }
        if !allow_addrs.is_empty() && in_real_lambda(reader) {
            reader.fault("FETCH_ALLOW_ADDRS", "is refused inside Lambda");
        }
        let dns = reader.optional("FETCH_DNS").and_then(|text| {
            let parsed = text.parse().ok();
            if parsed.is_none() {
                reader.fault("FETCH_DNS", "is not ip:port");
            }
            parsed
        });
        Some(Self {
            contact: reader.optional("FETCH_CONTACT").map(str::to_owned),
            allow_addrs,
            dns,
            ca_file: reader.ca_bundle("FETCH_CA_FILE"),
        })
    }
}

/// `EXTRACT_SELECTORS="host=selector; host=selector"`. Whether a selector is one is for the
/// extraction to say.
pub(super) fn read_selectors(reader: &mut Reader<'_>) -> Vec<(String, String)> {
    let mut selectors = Vec::new();
    let text = reader.optional("EXTRACT_SELECTORS").unwrap_or("");
    for part in text
        .split(';')
        .map(str::trim)
        .filter(|part| !part.is_empty())
    {
        match part
            .split_once('=')
            .map(|(host, selector)| (host.trim(), selector.trim()))
        {
            Some((host, selector)) if !host.is_empty() && !selector.is_empty() => {
                selectors.push((host.to_ascii_lowercase(), selector.to_owned()));
            }
            _ => reader.fault(
                "EXTRACT_SELECTORS",
                format!("has {part:?}, which is not host=selector"),
            ),
        }
    }
    selectors
}
