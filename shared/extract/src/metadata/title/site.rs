//! The site that a page belongs to: its name, and how to tell it in a text.

use crate::metadata::text::letters;

/// What the page belongs to.
pub(in crate::metadata) struct Site<'a> {
    pub(in crate::metadata) name: Option<&'a str>,
    pub(in crate::metadata) url: Option<&'a str>,
}

impl Site<'_> {
    /// Whether letters are those of the site's address: its name, with or without the ending.
    pub(in crate::metadata) fn is_in_address(&self, name: &str) -> bool {
        let host = self.url.map_or("", host_of).trim_start_matches("www.");
        let whole = letters(host);
        let mut labels = host.rsplit('.').skip(1).map(letters);
        !name.is_empty() && (whole == name || labels.any(|label| label == name))
    }
}

/// Whether a text is no more than the name of the site.
pub(in crate::metadata) fn names_site(text: &str, site: &Site<'_>) -> bool {
    let text = letters(text);
    let host = site.url.map_or("", host_of).trim_start_matches("www.");
    let labels = host.rsplit('.').skip(1).map(letters);
    let mut long = labels.filter(|label| label.len() > 3);
    site.name.is_some_and(|site| letters(site) == text)
        || long.any(|label| text.len() < label.len() * 2 && text.contains(&label))
}

/// The host of an address.
pub(in crate::metadata) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or("")
}
