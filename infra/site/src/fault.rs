//! The ways to misbehave, and how a URL asks for one: `/fault/NAME?parameter=value`.

use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

/// A way to misbehave. Where one has a page to send, it is the first of the sample pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `silent`: reads the request, never answers.
    Silent,
    /// `delay?ms=1000`: answers rightly, late.
    Delay(Duration),
    /// `header_drip?ms=50`: one byte of an endless header at a time.
    HeaderDrip(Duration),
    /// `body_drip?ms=50`: one byte of the page at a time.
    BodyDrip(Duration),
    /// `header_flood`: a gigabyte of headers.
    HeaderFlood,
    /// `informational_flood`: a gigabyte of `103 Early Hints`.
    InformationalFlood,
    /// `empty_reply`: closes without a byte.
    EmptyReply,
    /// `garbage`: answers in something that is not HTTP.
    Garbage,
    /// `reset`: resets the connection instead of answering.
    Reset,
    /// `reset_in_headers`: resets it in the middle of a header.
    ResetInHeaders,
    /// `reset_in_body`: resets it in the middle of the page.
    ResetInBody,
    /// `cut_in_headers`: closes in the middle of a header.
    CutInHeaders,
    /// `cut_in_body`: announces the page's length and closes half-way.
    CutInBody,
    /// `cut_in_chunks`: closes a chunked page before its last chunk.
    CutInChunks,
    /// `stall_in_body`: sends half the page, then nothing.
    StallInBody,
    /// `length_too_short`: announces half of what it sends.
    LengthTooShort,
    /// `length_not_a_number`: announces nonsense.
    LengthNotANumber,
    /// `lengths_differ`: announces two lengths.
    LengthsDiffer,
    /// `bad_chunk`: a chunk whose size is no number.
    BadChunk,
    /// `redirect_loop`: to itself.
    RedirectLoop,
    /// `redirect_hops?n=11`: that many redirects, then the page.
    RedirectHops(u32),
    /// `redirect_nowhere`: a redirect without a target.
    RedirectNowhere,
    /// `redirect?to=URL&status=302`: to anywhere.
    Redirect {
        /// 301, 302, 303, 307, 308.
        status: u16,
        /// The `Location`, as it is.
        to: String,
    },
    /// `status?code=503&retry_after=120`: a status and nothing else.
    Status {
        /// The status.
        code: u16,
        /// The `Retry-After`, as it is: seconds, a date, nonsense.
        retry_after: Option<String>,
    },
    /// `body?kind=…`: a body that is not what it should be.
    Body(Body),
}

/// A body that is not what it should be, with status 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// `empty`: HTML of no bytes.
    Empty,
    /// `pdf`.
    Pdf,
    /// `json`.
    Json,
    /// `png_as_html`: a picture that is called HTML.
    PngAsHtml,
    /// `html_as_pdf`: the page, called a PDF.
    HtmlAsPdf,
    /// `no_type`: the page without a content type.
    NoType,
    /// `huge`: 9 MiB of honest HTML, with its length.
    Huge,
    /// `endless`: HTML without end (a gigabyte), without a length.
    Endless,
    /// `gzip`: the page, compressed in order.
    Gzip,
    /// `brotli`: the page, in a brotli stream that is in order.
    Brotli,
    /// `gzip_bomb`: a gigabyte in one megabyte.
    GzipBomb,
    /// `brotli_bomb`: 64 MiB in 54 bytes.
    BrotliBomb,
    /// `gzip_corrupt`: broken in the middle.
    GzipCorrupt,
    /// `gzip_cut`: ends in the middle, its length being honest.
    GzipCut,
    /// `gzip_twice`: compressed twice and said so.
    GzipTwice,
    /// `gzip_unsaid`: compressed, and not said so.
    GzipUnsaid,
    /// `gzip_lie`: said to be compressed, and not so.
    GzipLie,
    /// `unknown_encoding`: compressed in a way that nobody knows.
    UnknownEncoding,
    /// `bad_utf8`: called UTF-8, with bytes that are not.
    BadUtf8,
    /// `wrong_charset`: Windows-1252 called UTF-16.
    WrongCharset,
    /// `unknown_charset`: called something that does not exist.
    UnknownCharset,
    /// `nuls`: with NUL characters between the words.
    Nuls,
    /// `deep_div`: 200,000 nested elements.
    DeepDiv,
    /// `deep_list`: 100,000 nested lists.
    DeepList,
    /// `font`: 50,000 misnested formatting elements.
    Font,
    /// `attributes`: 100,000 attributes on one element.
    Attributes,
    /// `entities`: a million character references.
    Entities,
}

impl Body {
    /// All of them, as URLs name them.
    pub const ALL: [(&'static str, Self); 27] = [
        ("empty", Self::Empty),
        ("pdf", Self::Pdf),
        ("json", Self::Json),
        ("png_as_html", Self::PngAsHtml),
        ("html_as_pdf", Self::HtmlAsPdf),
        ("no_type", Self::NoType),
        ("huge", Self::Huge),
        ("endless", Self::Endless),
        ("gzip", Self::Gzip),
        ("brotli", Self::Brotli),
        ("gzip_bomb", Self::GzipBomb),
        ("brotli_bomb", Self::BrotliBomb),
        ("gzip_corrupt", Self::GzipCorrupt),
        ("gzip_cut", Self::GzipCut),
        ("gzip_twice", Self::GzipTwice),
        ("gzip_unsaid", Self::GzipUnsaid),
        ("gzip_lie", Self::GzipLie),
        ("unknown_encoding", Self::UnknownEncoding),
        ("bad_utf8", Self::BadUtf8),
        ("wrong_charset", Self::WrongCharset),
        ("unknown_charset", Self::UnknownCharset),
        ("nuls", Self::Nuls),
        ("deep_div", Self::DeepDiv),
        ("deep_list", Self::DeepList),
        ("font", Self::Font),
        ("attributes", Self::Attributes),
        ("entities", Self::Entities),
    ];
}

/// A fault that cannot be played.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UnknownFault {
    /// No fault has this name.
    #[error("there is no fault {0}")]
    Name(String),
    /// A parameter is missing or makes no sense.
    #[error("the fault {fault} needs {parameter}")]
    Parameter {
        /// The fault.
        fault: String,
        /// Its parameter.
        parameter: &'static str,
    },
}

impl Fault {
    /// The fault called `name`; `parameter` gives the values of the URL's query.
    ///
    /// # Errors
    /// There is none of that name, or a parameter is missing or makes no sense.
    pub fn parse<'a>(
        name: &str,
        parameter: impl Fn(&str) -> Option<&'a str>,
    ) -> Result<Self, UnknownFault> {
        let bad = |parameter| UnknownFault::Parameter {
            fault: name.to_owned(),
            parameter,
        };
        let every = || number(parameter("ms"), 50).map(Duration::from_millis);
        Ok(match name {
            "silent" => Self::Silent,
            "delay" => {
                let ms = number(parameter("ms"), 1_000).ok_or(bad("ms"))?;
                Self::Delay(Duration::from_millis(ms))
            }
            "header_drip" => Self::HeaderDrip(every().ok_or(bad("ms"))?),
            "body_drip" => Self::BodyDrip(every().ok_or(bad("ms"))?),
            "header_flood" => Self::HeaderFlood,
            "informational_flood" => Self::InformationalFlood,
            "empty_reply" => Self::EmptyReply,
            "garbage" => Self::Garbage,
            "reset" => Self::Reset,
            "reset_in_headers" => Self::ResetInHeaders,
            "reset_in_body" => Self::ResetInBody,
            "cut_in_headers" => Self::CutInHeaders,
            "cut_in_body" => Self::CutInBody,
            "cut_in_chunks" => Self::CutInChunks,
            "stall_in_body" => Self::StallInBody,
            "length_too_short" => Self::LengthTooShort,
            "length_not_a_number" => Self::LengthNotANumber,
            "lengths_differ" => Self::LengthsDiffer,
            "bad_chunk" => Self::BadChunk,
            "redirect_loop" => Self::RedirectLoop,
            "redirect_hops" => Self::RedirectHops(number(parameter("n"), 11).ok_or(bad("n"))?),
            "redirect_nowhere" => Self::RedirectNowhere,
            "redirect" => Self::Redirect {
                status: number(parameter("status"), 302).ok_or(bad("status"))?,
                to: parameter("to").ok_or(bad("to"))?.to_owned(),
            },
            "status" => Self::Status {
                code: number(Some(parameter("code").unwrap_or_default()), 0).ok_or(bad("code"))?,
                retry_after: parameter("retry_after").map(str::to_owned),
            },
            "body" => {
                let kind = parameter("kind").ok_or(bad("kind"))?;
                let found = Body::ALL.iter().find(|(name, _)| *name == kind);
                Self::Body(found.ok_or(bad("kind"))?.1)
            }
            other => return Err(UnknownFault::Name(other.to_owned())),
        })
    }
}

/// A number, `default` if it is not there, `None` if it is none.
fn number<N: FromStr>(text: Option<&str>, default: N) -> Option<N> {
    match text {
        None => Some(default),
        Some(text) => text.parse().ok(),
    }
}
