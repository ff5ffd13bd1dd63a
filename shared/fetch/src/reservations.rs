//! What a host or a page reserves against machines that read it: `Content-Signal` in robots.txt and
//! headers, `noai` in `X-Robots-Tag` and `<meta name=robots>`, and the TDM Reservation Protocol. They
//! are read always; whether they are obeyed is the caller's choice.

use http::HeaderMap;

use crate::head_tags::HeadTag;

/// What is reserved; `None` where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reservations {
    /// `Content-Signal: search`: whether it may be put into a search index.
    pub search: Option<bool>,
    /// `Content-Signal: ai-input`: whether a model may be given it to answer from.
    pub ai_input: Option<bool>,
    /// `Content-Signal: ai-train`: whether a model may be trained on it.
    pub ai_train: Option<bool>,
    /// `tdm-reservation`: whether text and data mining is reserved.
    pub tdm_reserved: Option<bool>,
    /// `noai`: no use by AI at all.
    pub no_ai: bool,
}

impl Reservations {
    /// What a page says in its headers and its head.
    pub(crate) fn of_page(headers: &HeaderMap, tags: &[HeadTag]) -> Self {
        let mut read = Self::default();
        let lines = headers.iter().filter_map(|(name, value)| {
            let value = str::from_utf8(value.as_bytes()).ok()?;
            Some((name.as_str(), value))
        });
        let named = tags.iter().filter(|tag| !tag.is_header);
        let named = named.map(|tag| (tag.name.as_str(), tag.content.as_str()));
        for (name, value) in lines.chain(named) {
            match name {
                "content-signal" => read.add_signal(value),
                "x-robots-tag" | "robots" | "gleaner" => read.add_robots(value),
                "tdm-reservation" => read.add_tdm(value),
                _ => {}
            }
        }
        read
    }

    /// `search=yes, ai-train=no`.
    pub(crate) fn add_signal(&mut self, value: &str) {
        for part in value.split([',', ';']) {
            let Some((name, said)) = part.split_once('=') else {
                continue;
            };
            let said = match said.trim().to_ascii_lowercase().as_str() {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            };
            match name.trim().to_ascii_lowercase().as_str() {
                "search" => self.search = said.or(self.search),
                "ai-input" => self.ai_input = said.or(self.ai_input),
                "ai-train" => self.ai_train = said.or(self.ai_train),
                _ => {}
            }
        }
    }

    fn add_robots(&mut self, value: &str) {
        let words = value.split([',', ':', ' ']);
        self.no_ai |= words
            .map(str::trim)
            .any(|word| word.eq_ignore_ascii_case("noai"));
    }

    fn add_tdm(&mut self, value: &str) {
        match value.trim() {
            "1" => self.tdm_reserved = Some(true),
            "0" => self.tdm_reserved = self.tdm_reserved.or(Some(false)),
            _ => {}
        }
    }
}
