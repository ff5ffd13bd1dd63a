//! Real pages in as many different copies as a test wants.

use site::{PAGES, Site};

/// Publishes `count` pages, each with a text of its own: the ten samples in turn, every paragraph
/// numbered, so that no two share a run. Gives their URLs.
#[must_use]
pub fn publish(site: &Site, count: usize) -> Vec<String> {
    let samples = PAGES.iter().cycle().take(count).enumerate();
    let urls = samples.map(|(number, page)| {
        let path = format!("/copies/{number}{}", page.path);
        let ending = format!(" Copy {number}.</p>");
        let body = String::from_utf8_lossy(page.body).replace("</p>", &ending);
        site.publish(&path, page.content_type, body.into_bytes());
        site.url(&path)
    });
    urls.collect()
}
