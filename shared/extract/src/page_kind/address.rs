//! Addresses as far as links of one site are told apart: host, path and query.

/// Where a link leads, or where a page is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Address {
    /// Without `www.`; empty when the page does not say where it is.
    host: String,
    /// Path and query without the slashes around them.
    path: String,
}

/// Bytes of an address that are read.
const BYTES_MAX: usize = 1_000;

impl Address {
    /// An absolute address.
    pub(crate) fn of(url: &str) -> Option<Address> {
        let (scheme, rest) = url.trim().split_once("://")?;
        let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        (is_web && rest.len() <= BYTES_MAX).then(|| Address::at_host(rest))
    }

    /// `href` in a page at `own`; nothing when it leads to a part of the page, to the front page,
    /// to another site or nowhere.
    pub(super) fn in_page(href: &str, own: Option<&Address>) -> Option<Address> {
        let href = href.trim();
        let found = if let Some(rest) = href.strip_prefix("//") {
            Address::at_host(rest.get(..BYTES_MAX).unwrap_or(rest))
        } else if href.contains("://") {
            Address::of(href)?
        } else {
            Address::below(href, own)?
        };
        let near = own.is_none_or(|own| own.is_site_of(&found));
        (near && !found.path.is_empty()).then_some(found)
    }

    /// The path's parts, without the query.
    pub(super) fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        let path = self.path.split('?').next().unwrap_or("");
        path.split('/').filter(|part| !part.is_empty())
    }

    /// The query, empty without one.
    pub(super) fn query(&self) -> &str {
        self.path.split_once('?').map_or("", |(_, query)| query)
    }

    /// Whether both name the same page; a host that is not known is no difference.
    pub(super) fn is_page(&self, other: &Address) -> bool {
        self.path == other.path && self.is_site_of(other)
    }

    /// Whether both belong to one site.
    pub(super) fn is_site_of(&self, other: &Address) -> bool {
        let within = |inner: &str, outer: &str| {
            let front = inner.strip_suffix(outer);
            front.is_some_and(|front| front.is_empty() || front.ends_with('.'))
        };
        let (ours, theirs) = (self.host.as_str(), other.host.as_str());
        ours.is_empty() || theirs.is_empty() || within(ours, theirs) || within(theirs, ours)
    }

    fn at_host(rest: &str) -> Address {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        let host = host.to_ascii_lowercase();
        Address {
            host: host.strip_prefix("www.").unwrap_or(&host).to_owned(),
            path: plain(path),
        }
    }

    /// An address without a host, seen from `own`.
    fn below(href: &str, own: Option<&Address>) -> Option<Address> {
        let scheme = href.split(['/', '?', '#']).next().unwrap_or("");
        if href.is_empty()
            || href.starts_with('#')
            || scheme.contains(':')
            || href.len() > BYTES_MAX
        {
            return None;
        }
        let (host, base) = own.map_or(("", ""), |own| (own.host.as_str(), own.path.as_str()));
        let base = base.split('?').next().unwrap_or("");
        let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = if href.starts_with('/') {
            plain(href)
        } else if href.starts_with('?') {
            plain(&format!("{base}{href}"))
        } else {
            let mut folder = folder;
            let mut rest = href;
            loop {
                if let Some(after) = rest.strip_prefix("./") {
                    rest = after;
                } else if let Some(after) = rest.strip_prefix("../") {
                    rest = after;
                    folder = folder.rsplit_once('/').map_or("", |(outer, _)| outer);
                } else {
                    break;
                }
            }
            plain(&format!("{folder}/{rest}"))
        };
        Some(Address {
            host: host.to_owned(),
            path,
        })
    }
}

fn plain(path: &str) -> String {
    let path = path.split('#').next().unwrap_or("");
    path.trim_matches('/').replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_seen_from_their_page() {
        let own = Address::of("https://www.a.example/news/today.html?x=1").unwrap();
        let cases = [
            ("/b/", Some("b")),
            ("c.html#top", Some("news/c.html")),
            ("../d", Some("d")),
            ("?p=2", Some("news/today.html?p=2")),
            ("https://a.example/e", Some("e")),
            ("//blog.a.example/f", Some("f")),
            ("https://b.example/g", None),
            ("https://xa.example/g", None),
            ("#top", None),
            ("javascript:void(0)", None),
            ("mailto:a@a.example", None),
            ("/", None),
            ("", None),
        ];

        for (href, path) in cases {
            let found = Address::in_page(href, Some(&own));
            assert_eq!(
                found.as_ref().map(|found| found.path.as_str()),
                path,
                "{href}"
            );
        }
    }

    #[test]
    fn a_page_is_itself_with_and_without_its_host() {
        let own = Address::of("http://www.a.example/story/").unwrap();

        assert!(own.is_page(&Address::of("https://a.example/story#comments").unwrap()));
        assert!(own.is_page(&Address::in_page("/story", None).unwrap()));
        assert!(!own.is_page(&Address::of("https://a.example/story/2").unwrap()));
    }
}
