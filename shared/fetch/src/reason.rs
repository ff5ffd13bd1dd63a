//! The particulars that errors carry: closed sets too, for rows and messages.

use std::error;
use std::fmt;
use std::net::IpAddr;

use domain::Step;
use domain::limits::URL_BYTES_MAX;
use hickory_resolver::net::NetError;
use thiserror::Error;

/// What is wrong with a URL as text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadUrl {
    /// Nothing but blanks.
    #[error("the URL is blank")]
    Blank,
    /// Longer than `limits::URL_BYTES_MAX`.
    #[error("the URL is longer than {URL_BYTES_MAX} bytes")]
    TooLong,
    /// The URL standard's parser refuses it.
    #[error("this is not a URL")]
    Syntax(#[from] url::ParseError),
    /// No host, or one that no name server could be asked for.
    #[error("the URL has no usable host")]
    Host,
    /// HTTP cannot carry its path or query.
    #[error("the URL has characters that HTTP cannot carry")]
    Unspeakable,
}

/// Why the address guard does not let a hop pass.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Denial {
    /// Neither http nor https.
    #[error("scheme {0} is neither http nor https")]
    Scheme(String),
    /// User name or password in the URL.
    #[error("the URL carries credentials")]
    UserInfo,
    /// Neither 80 nor 443.
    #[error("port {0} is neither 80 nor 443")]
    Port(u16),
    /// A name that only means something inside a machine or a site.
    #[error("{0} is a local name, which is never looked up")]
    LocalName(String),
    /// An address that is not on the public internet.
    #[error(
        "{ip} is a {range} address, and only public ones are fetched (a URL that has the address \
         itself passes if FETCH_ALLOW_ADDRS lists it with its port)"
    )]
    Address {
        /// The address.
        ip: IpAddr,
        /// The range it is in.
        range: &'static str,
    },
}

/// Why a redirect cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BadRedirect {
    /// There is no Location.
    #[error("it has no Location")]
    NoLocation,
    /// Location is no URL.
    #[error("its target is not a URL")]
    Target(#[source] BadUrl),
    /// It leads to where the fetch has been.
    #[error("redirect loop: it leads back to where the fetch has been")]
    Loop,
    /// It is one more than the cap.
    #[error("too many redirects")]
    TooMany,
}

/// Why a name has no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NoAddress {
    /// The name does not exist.
    #[error("the name does not exist")]
    NoSuchName,
    /// The name exists, without addresses.
    #[error("the name has no address")]
    NoRecords,
}

/// What was under way when connecting took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The TCP handshake.
    Tcp,
    /// The TLS handshake.
    Tls,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Tls => "tls",
        })
    }
}

/// A part of an answer that has a cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Status line and headers, those of interim answers included.
    Headers,
    /// The body, before and after decompression.
    Body,
}

impl Part {
    pub(crate) const fn step(self) -> Step {
        match self {
            Self::Headers => Step::Headers,
            Self::Body => Step::Body,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.step().as_str())
    }
}

/// Why a body does not decompress.
#[derive(Debug, Error)]
pub enum Corrupt {
    /// The stream breaks its format.
    #[error("the stream is not valid {coding}")]
    Stream {
        /// gzip or br.
        coding: &'static str,
        /// What the decompressor said, where it says anything.
        #[source]
        source: Option<Box<dyn error::Error + Send + Sync>>,
    },
    /// A coding that was not asked for.
    #[error("content-encoding {0:?} was not asked for")]
    UnknownCoding(String),
    /// Compressed again below what the headers say.
    #[error("the decompressed body is compressed once more")]
    Twice,
}

/// Why the fetcher cannot be set up.
#[derive(Debug, Error)]
pub enum SetupError {
    /// The contact does not fit into a header.
    #[error("put contact {0:?} into the user agent")]
    Contact(String),
    /// The TLS library refuses to start.
    #[error("set up tls")]
    Tls(#[source] native_tls::Error),
    /// The name servers' configuration cannot be used.
    #[error("set up the resolver")]
    Resolver(#[source] Box<NetError>),
}
