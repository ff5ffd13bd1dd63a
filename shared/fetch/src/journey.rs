//! Where a fetch is, where it has been, and the cookies it was given on the way.

use url::Url;

use crate::cookies::CookieJar;
use crate::guard::Target;

/// A fetch on its way.
pub(crate) struct Journey {
    pub(crate) target: Target,
    pub(crate) hop: u8,
    pub(crate) cookies: CookieJar,
    /// The places asked, each with the state of the cookies it was asked with.
    visited: Vec<(Url, u32)>,
}

impl Journey {
    pub(crate) fn new(target: Target) -> Self {
        Self {
            visited: vec![(target.url.clone(), 0)],
            target,
            hop: 0,
            cookies: CookieJar::default(),
        }
    }

    /// Whether a URL was asked before with the same cookies: it would answer the same.
    pub(crate) fn has_asked(&self, url: &Url) -> bool {
        let now = self.cookies.changes();
        let same = |(known, changes): &(Url, u32)| known == url && *changes == now;
        self.visited.iter().any(same)
    }

    /// From https to http is allowed, as an article's own URL may be http too; cookies marked `Secure`
    /// stay behind.
    pub(crate) fn move_to(&mut self, next: Target) {
        self.hop += 1;
        self.visited
            .push((next.url.clone(), self.cookies.changes()));
        self.target = next;
    }
}
