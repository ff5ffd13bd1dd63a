//! Ten real pages, works of the US federal government; `site/NOTICE` says where each is from.

use bytes::Bytes;

/// A page of the sample site.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Where the site serves it.
    pub path: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Where it was fetched from.
    pub origin: &'static str,
    /// As its server said.
    pub content_type: &'static str,
    /// As its server sent it.
    pub body: &'static [u8],
}

macro_rules! page {
    ($name:literal, $title:literal, $origin:literal) => {
        Page {
            path: concat!("/articles/", $name),
            title: $title,
            origin: $origin,
            content_type: "text/html; charset=utf-8",
            body: include_bytes!(concat!("../pages/", $name, ".html")),
        }
    };
}

/// All of them.
pub const PAGES: [Page; 10] = [
    page!(
        "fda-unapproved-glp-1",
        "FDA's Concerns with Unapproved GLP-1 Drugs Used for Weight Loss",
        "https://www.fda.gov/drugs/postmarket-drug-safety-information-patients-and-providers/fdas-concerns-unapproved-glp-1-drugs-used-weight-loss"
    ),
    page!(
        "nasa-laser-link",
        "NASA's Space Station Laser Comm Terminal Achieves First Link",
        "https://www.nasa.gov/technology/space-comms/nasas-space-station-laser-comm-terminal-achieves-first-link/"
    ),
    page!(
        "nasa-apollo-8-dinner",
        "An Apollo 8 Christmas Dinner Surprise: Turkey and Gravy Make Space History",
        "https://www.nasa.gov/history/apollo-8-christmas-dinner/"
    ),
    page!(
        "nasa-crop-yields",
        "Impact of Climate Change on Global Agricultural Yields",
        "https://svs.gsfc.nasa.gov/4974"
    ),
    page!(
        "cdc-healthy-eating",
        "Healthy Eating Tips",
        "https://www.cdc.gov/nutrition/features/healthy-eating-tips.html"
    ),
    page!(
        "msha-electrical-safety",
        "Safety Alert: Electrical Safety",
        "http://www.msha.gov/news-and-updates/alerts-hazards/filter/electrical-safety"
    ),
    page!(
        "nsf-climate-startups",
        "Climate change problem solvers: Startups with solutions",
        "https://www.nsf.gov/science-matters/climate-change-problem-solvers-startups-solutions"
    ),
    page!(
        "usda-climate-change",
        "Climate Change",
        "https://www.ers.usda.gov/topics/natural-resources-environment/climate-change"
    ),
    page!(
        "sba-cybersecurity",
        "Strengthen your cybersecurity",
        "https://www.sba.gov/business-guide/manage-your-business/strengthen-your-cybersecurity"
    ),
    page!(
        "nist-cybersecurity-corner",
        "Small Business Cybersecurity Corner",
        "https://www.nist.gov/itl/smallbusinesscyber"
    ),
];

/// The page that is served at `path`.
pub(super) fn find(path: &str) -> Option<&'static Page> {
    static PLACED: [Page; 10] = PAGES;
    PLACED.iter().find(|page| page.path == path)
}

/// A list of the pages, for people.
pub(super) fn index() -> Bytes {
    let entry = |page: &Page| format!("<li><a href=\"{}\">{}</a></li>\n", page.path, page.title);
    let list: String = PAGES.iter().map(entry).collect();
    let page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><title>Sample site</title></head>\n\
         <body><h1>Sample site</h1>\n<ul>\n{list}</ul></body></html>\n"
    );
    page.into()
}
