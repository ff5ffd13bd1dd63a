//! What comes out of a page.

use serde::Serialize;

/// The text and metadata of a page, and why they are what they are.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Extracted {
    /// The main text: paragraphs separated by blank lines. Empty with [`Why::empty`] set.
    pub text: String,
    /// The headline, without the site's name.
    pub title: Option<String>,
    /// Who wrote it; several names are separated by `", "`.
    pub byline: Option<String>,
    /// The publication.
    pub site_name: Option<String>,
    /// The language as a BCP 47 tag, as the page declares it.
    pub language: Option<String>,
    /// The address the page asks to be known by.
    pub canonical_url: Option<String>,
    /// When it was published.
    pub published: Option<Published>,
    /// What the page is.
    pub page_kind: PageKind,
    /// How the text was found.
    pub why: Why,
}

/// A date as precise as the page gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Published {
    /// ISO 8601: `2024-05-17`, `2024-05-17T08:30:00+02:00`, `2024-05` or `2024`.
    pub iso: String,
    /// How much of it the page states.
    pub precision: Precision,
}

/// How much of a date a page states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// The year.
    Year,
    /// Year and month.
    Month,
    /// The day.
    Day,
    /// Day and time without an offset from UTC.
    Time,
    /// Day and time with an offset from UTC.
    Instant,
}

/// How the text was found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Why {
    /// Why there is no text.
    pub empty: Option<EmptyReason>,
    /// What bounds left out.
    pub cut: Vec<Cut>,
    /// What the text comes from.
    pub source: Source,
    /// The encoding the page was read in.
    pub encoding: &'static str,
    /// Nothing declares the encoding; it is what the page looks like.
    pub encoding_guessed: bool,
    /// Marks of the page that a reader of the text should know.
    pub suspects: Vec<Suspect>,
    /// The texts that were compared, best first; filled with [`Options::explain`](crate::Options).
    pub candidates: Vec<Candidate>,
    /// Every block in page order; filled with [`Options::explain`](crate::Options).
    pub blocks: Vec<BlockNote>,
}

/// What a page is. All but [`PageKind::Article`] come without a text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PageKind {
    /// There is no text, and nothing says what the page is; see [`Why::empty`].
    #[default]
    Unclear,
    /// An article, or whatever else has a text of its own.
    Article,
    /// A list of articles.
    Index,
    /// A check whether the reader is a person, or a refusal to take them for one.
    Challenge,
    /// A page that says that there is none at this address, under a status that says otherwise.
    NotFound,
    /// The site is being worked on.
    Maintenance,
    /// Not shown to readers of some countries.
    GeoBlock,
    /// Only for those who log in.
    Login,
    /// Only for those who give their consent, or pay.
    ConsentWall,
    /// A domain without a site: for sale, expired, or just set up.
    Parked,
    /// A report of an error of the server.
    ErrorPage,
}

impl PageKind {
    /// How many kinds there are.
    pub(crate) const COUNT: usize = 11;

    /// The kinds that are told by what a page in place of an article says.
    pub(crate) const NO_ARTICLE: [PageKind; 7] = [
        PageKind::Challenge,
        PageKind::NotFound,
        PageKind::Maintenance,
        PageKind::GeoBlock,
        PageKind::Login,
        PageKind::Parked,
        PageKind::ErrorPage,
    ];

    /// The kind as a word for logs and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            PageKind::Unclear => "unclear",
            PageKind::Article => "article",
            PageKind::Index => "index",
            PageKind::Challenge => "challenge",
            PageKind::NotFound => "not_found",
            PageKind::Maintenance => "maintenance",
            PageKind::GeoBlock => "geo_block",
            PageKind::Login => "login",
            PageKind::ConsentWall => "consent_wall",
            PageKind::Parked => "parked",
            PageKind::ErrorPage => "error_page",
        }
    }
}

/// Why there is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EmptyReason {
    /// No bytes, or nothing but white space.
    NoInput,
    /// The input is no text: an image, a PDF, an archive.
    NotHtml,
    /// A list of articles rather than one.
    IndexPage,
    /// A page in place of an article; [`Extracted::page_kind`] says which.
    NoArticle,
    /// Only a request for consent.
    ConsentWall,
    /// The text is kept for subscribers.
    Paywall,
    /// The text is put into the page by a script.
    NeedsScript,
    /// Nothing that reads like paragraphs.
    NoParagraphs,
    /// The deadline passed before there was text.
    Deadline,
}

impl EmptyReason {
    /// Every reason.
    pub const ALL: [EmptyReason; 9] = [
        EmptyReason::NoInput,
        EmptyReason::NotHtml,
        EmptyReason::IndexPage,
        EmptyReason::NoArticle,
        EmptyReason::ConsentWall,
        EmptyReason::Paywall,
        EmptyReason::NeedsScript,
        EmptyReason::NoParagraphs,
        EmptyReason::Deadline,
    ];

    /// The reason as a word for logs and tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            EmptyReason::NoInput => "no_input",
            EmptyReason::NotHtml => "not_html",
            EmptyReason::IndexPage => "index_page",
            EmptyReason::NoArticle => "no_article",
            EmptyReason::ConsentWall => "consent_wall",
            EmptyReason::Paywall => "paywall",
            EmptyReason::NeedsScript => "needs_script",
            EmptyReason::NoParagraphs => "no_paragraphs",
            EmptyReason::Deadline => "deadline",
        }
    }
}

/// What a bound left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// Input behind [`Limits::input_bytes_max`](crate::Limits).
    Input,
    /// Nodes behind [`Limits::nodes_max`](crate::Limits).
    Nodes,
    /// Blocks of text behind [`Limits::blocks_max`](crate::Limits).
    Blocks,
    /// Nesting below [`Limits::depth_max`](crate::Limits) was flattened.
    Depth,
    /// Attributes behind the 256th of a tag.
    Attributes,
    /// Text behind [`Limits::text_bytes_max`](crate::Limits).
    Text,
    /// What had not been read when the deadline passed.
    Deadline,
    /// Text that the page hides from its readers.
    Hidden,
}

/// What the text comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Nothing was found.
    #[default]
    None,
    /// Blocks of the page.
    Blocks,
    /// The `articleBody` of the page's linked data.
    LinkedData,
    /// What [`Options::selector`](crate::Options::selector) matched.
    Selector,
}

/// A mark of the page that a reader of the text should know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Suspect {
    /// The page says that it is not free to read.
    Paywall,
    /// The page is rendered by script.
    ScriptRendered,
    /// The page asks for consent.
    Consent,
    /// The page lists many articles.
    Index,
    /// Bytes did not decode in the page's encoding.
    MalformedEncoding,
    /// The text has many characters that no language uses: it was read in a wrong encoding.
    DamagedText,
    /// The text is the beginning that a page gives away of one that is not free.
    Teaser,
}

/// A text that was compared with the others.
#[derive(Clone, Debug, Serialize)]
pub struct Candidate {
    /// How it was found.
    pub name: &'static str,
    /// Its length in characters.
    pub chars: usize,
    /// How far it agrees with the chosen text, 0 to 1.
    pub agreement: f32,
}

/// A block of the page and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct BlockNote {
    /// The element the block stands in, with its nearest ancestors: `main > div > p`.
    pub path: String,
    /// The block's text, or its beginning.
    pub text: String,
    /// How sure the classifier is that it belongs to the main text, 0 to 1.
    pub score: f32,
    /// Whether it was kept.
    pub kept: bool,
    /// The rule that decided.
    pub reason: &'static str,
}
