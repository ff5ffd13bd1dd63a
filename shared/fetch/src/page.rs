//! What a fetch gives.

use bytes::Bytes;
use url::Url;

use crate::reservations::Reservations;

/// A page that came whole.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where the last redirect or refresh led, without fragment.
    pub final_url: Url,
    /// 200 or 203; every other status is an error.
    pub status: u16,
    /// The Content-Type header as sent; it may name the charset.
    pub content_type: Option<String>,
    /// The body, decompressed; its bytes are otherwise untouched.
    pub body: Bytes,
    /// By which the server can say later that nothing has changed.
    pub validators: Validators,
    /// What the page reserves against machines that read it.
    pub reservations: Reservations,
}

/// What a server gave with a page to tell later whether it has changed. Kept by the caller; sent
/// back to the same URL only, and read by nobody else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// Where the page was.
    pub url: String,
    /// The `ETag` header as sent.
    pub etag: Option<String>,
    /// The Last-Modified header as sent.
    pub last_modified: Option<String>,
}

impl Validators {
    /// Whether there is nothing to ask with.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }
}

/// What a conditional fetch gives.
#[derive(Clone, Debug)]
pub enum Fetched {
    /// The page: it has changed, or the server does not say.
    Page(Page),
    /// The server says that the page is the one the validators came with.
    NotModified {
        /// Where it said so.
        final_url: Url,
    },
}
