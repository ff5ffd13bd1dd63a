//! The address guard: judges every URL before anything is resolved, and every answer before
//! anything is dialled. It never asks anybody; it decides over values.

mod host;
mod ranges;
mod target;

use std::net::{IpAddr, SocketAddr};

use domain::limits::URL_BYTES_MAX;
use url::Url;

use crate::reason::{BadUrl, Denial};

pub(crate) use target::{Peer, Rejection, Target};

/// The guard of one process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Guard {
    /// The only denied addresses that may be dialled nevertheless, each with its port, and only
    /// as literals: a name is never trusted to stay where it points.
    allowed: Vec<SocketAddr>,
}

impl Guard {
    pub(crate) fn new(allowed: Vec<SocketAddr>) -> Self {
        Self { allowed }
    }

    /// Judges the URL an article came with.
    pub(crate) fn judge_text(&self, text: &str) -> Result<Target, Rejection> {
        if text.trim().is_empty() {
            return Err(BadUrl::Blank.into());
        }
        if text.len() > URL_BYTES_MAX {
            return Err(BadUrl::TooLong.into());
        }
        self.judge(Url::parse(text).map_err(BadUrl::Syntax)?)
    }

    /// Judges one hop.
    pub(crate) fn judge(&self, mut url: Url) -> Result<Target, Rejection> {
        url.set_fragment(None);
        if url.as_str().len() > URL_BYTES_MAX {
            return Err(BadUrl::TooLong.into());
        }
        let tls = match url.scheme() {
            "http" => false,
            "https" => true,
            other => return Err(Denial::Scheme(other.to_owned()).into()),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Denial::UserInfo.into());
        }
        let peer = host::peer(&url.host().ok_or(BadUrl::Host)?)?;
        let port = url.port_or_known_default().unwrap_or(0);
        match &peer {
            Peer::Literal(ip) if self.allowed.contains(&SocketAddr::new(*ip, port)) => {}
            Peer::Literal(ip) => {
                judge_address(*ip)?;
                judge_port(port)?;
            }
            Peer::Name(_) => judge_port(port)?,
        }
        Ok(Target {
            url,
            peer,
            port,
            tls,
        })
    }

    /// Judges all that a name resolved to. One denied answer denies them all: a name that points
    /// both outside and inside is an attack or a mistake, and the next answer may be the other.
    pub(crate) fn judge_answers(answers: &[IpAddr]) -> Result<(), Denial> {
        answers.iter().try_for_each(|ip| judge_address(*ip))
    }
}

fn judge_address(ip: IpAddr) -> Result<(), Denial> {
    match ranges::denied(ip) {
        Some(range) => Err(Denial::Address { ip, range }),
        None => Ok(()),
    }
}

fn judge_port(port: u16) -> Result<(), Denial> {
    match port {
        80 | 443 => Ok(()),
        other => Err(Denial::Port(other)),
    }
}

#[cfg(test)]
pub(crate) mod tests;
