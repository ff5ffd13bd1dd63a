//! The rules of a robots.txt that hold for one crawler, by RFC 9309. Pure: bytes in, rules out, and
//! whatever the bytes are, there are rules.

use std::time::Duration;

use url::Url;

use super::pattern::{Pattern, escaped};
use crate::reservations::Reservations;

/// Rules kept of one file. Large sites have some hundred.
const RULES_MAX: usize = 5_000;

/// Longest Crawl-delay that is read: more than a day is a mistake.
const CRAWL_DELAY_SECONDS_MAX: f64 = 86_400.0;

/// What robots.txt lets one crawler do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RobotsRules {
    rules: Vec<Rule>,
    /// Nothing may be fetched, whatever the rules say.
    denies_all: bool,
    crawl_delay: Option<Duration>,
    reservations: Reservations,
}

#[derive(Clone, Debug, PartialEq)]
struct Rule {
    allows: bool,
    pattern: Pattern,
}

/// Whose group a line belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Ours,
    Everybodys,
    Others,
}

impl RobotsRules {
    /// The rules of a host that has none.
    #[must_use]
    pub fn allow_all() -> Self {
        Self::default()
    }

    /// The rules of a host that does not answer.
    #[must_use]
    pub fn deny_all() -> Self {
        Self {
            denies_all: true,
            ..Self::default()
        }
    }

    /// Reads the rules for the crawler with this product token: those of its own groups, or if it
    /// has none, those for everybody.
    #[must_use]
    pub fn parse(text: &[u8], token: &str) -> Self {
        let text = String::from_utf8_lossy(text);
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let (mut own, mut everybodys) = (None, Self::default());
        let mut groups: Vec<Group> = Vec::new();
        let mut naming = false;
        for line in text.split(['\n', '\r']) {
            let line = line.split('#').next().unwrap_or("");
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            if key == "user-agent" {
                if !naming {
                    groups.clear();
                }
                naming = true;
                groups.push(group_of(value, token));
                if groups.contains(&Group::Ours) {
                    own.get_or_insert_with(Self::default);
                }
                continue;
            }
            // A sitemap stands for itself and ends no group.
            naming &= key == "sitemap";
            // Before any group a rule is nobody's, and a signal everybody's.
            let stray_signal = groups.is_empty() && key == "content-signal";
            let everybody = stray_signal || groups.contains(&Group::Everybodys);
            if everybody {
                everybodys.add(&key, value);
            }
            if let (Some(own), true) = (&mut own, groups.contains(&Group::Ours)) {
                own.add(&key, value);
            }
        }
        own.unwrap_or(everybodys)
    }

    /// Whether a page may be fetched: by the longest pattern that matches its path and query, and if
    /// two are as long, by the one that allows.
    #[must_use]
    pub fn allows(&self, url: &Url) -> bool {
        if self.denies_all {
            return false;
        }
        let path = escaped(&url[url::Position::BeforePath..url::Position::AfterQuery]);
        let matching = self.rules.iter().filter(|rule| rule.pattern.matches(&path));
        let strongest = matching.max_by_key(|rule| (rule.pattern.length(), rule.allows));
        url.path() == "/robots.txt" || strongest.is_none_or(|rule| rule.allows)
    }

    /// How long to wait between two requests, if the host says.
    #[must_use]
    pub const fn crawl_delay(&self) -> Option<Duration> {
        self.crawl_delay
    }

    /// What the host reserves against machines that read its pages.
    #[must_use]
    pub const fn reservations(&self) -> &Reservations {
        &self.reservations
    }

    fn add(&mut self, key: &str, value: &str) {
        match key {
            "allow" | "disallow" => {
                let pattern = Pattern::read(value).filter(|_| self.rules.len() < RULES_MAX);
                self.rules.extend(pattern.map(|pattern| Rule {
                    allows: key == "allow",
                    pattern,
                }));
            }
            "crawl-delay" => self.crawl_delay = self.crawl_delay.or_else(|| delay(value)),
            "content-signal" => self.reservations.add_signal(value),
            _ => {}
        }
    }
}

/// Seconds, with a fraction or without.
fn delay(value: &str) -> Option<Duration> {
    let seconds: f64 = value.parse().ok()?;
    let fits = (0.0..=CRAWL_DELAY_SECONDS_MAX).contains(&seconds);
    fits.then(|| Duration::from_secs_f64(seconds))
}

/// A product token is letters, `_` and `-`; what stands behind it, such as a version, does not count.
fn group_of(value: &str, token: &str) -> Group {
    if value.starts_with('*') {
        return Group::Everybodys;
    }
    let end = value
        .find(|c: char| !c.is_ascii_alphabetic() && c != '_' && c != '-')
        .unwrap_or(value.len());
    let named = value.get(..end).unwrap_or("");
    if named.eq_ignore_ascii_case(token) {
        Group::Ours
    } else {
        Group::Others
    }
}
