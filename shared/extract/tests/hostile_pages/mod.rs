//! Pages made to break extractors, for the tests and for the benchmark that prints their cost.

/// A paragraph that every page has and none may lose.
const PARAGRAPH: &str = "<p>The committee met on Tuesday, and after a long debate about the costs \
    of the new bridge it decided to ask for another report before the end of the year.</p>";

/// A page with an article between two pieces.
pub(crate) fn page(before: &str, after: &str) -> Vec<u8> {
    format!(
        "<html><body>{before}<article>{}</article>{after}",
        PARAGRAPH.repeat(5)
    )
    .into_bytes()
}

/// `count` nested elements around the article.
pub(crate) fn nested(count: usize) -> Vec<u8> {
    page(&"<div>".repeat(count), &"</div>".repeat(count))
}

/// Every hostile page with its name.
pub(crate) fn pages() -> Vec<(&'static str, Vec<u8>)> {
    let fonts =
        |count: usize| -> String { (0..count).map(|n| format!("<font x{n}><p>")).collect() };
    let attributes = |count: usize| -> String {
        let all: String = (0..count).map(|n| format!(" a{n}=1")).collect();
        format!("<div{all}></div>")
    };
    let mut bad_utf8 = page("", "");
    bad_utf8.extend([0xFF, 0xC0, 0x80, 0xED, 0xA0, 0x80, 0xF5].repeat(100_000));
    let mut nul = page("", "");
    nul.extend(std::iter::repeat_n(0_u8, 1_000_000));
    vec![
        ("10k nested div", nested(10_000)),
        ("100k nested div", nested(100_000)),
        ("20k ul/li", page("", &"<ul><li>".repeat(20_000))),
        ("20k b", page("", &"<b>".repeat(20_000))),
        ("3k font/p", page("", &fonts(3_000))),
        ("10k font/p", page("", &fonts(10_000))),
        (
            "20k nested tables",
            page("", &"<table><tr><td>x ".repeat(20_000)),
        ),
        (
            "20k nested links",
            page("", &"<a href=x>y<div>".repeat(20_000)),
        ),
        ("50k attributes", page(&attributes(50_000), "")),
        ("100k attributes", page(&attributes(100_000), "")),
        ("1M br", page("", &"<br>".repeat(1_000_000))),
        ("1M x br", page("", &"x<br>".repeat(1_000_000))),
        (
            "200k links",
            page("", &"<a href=/x>link text</a> ".repeat(200_000)),
        ),
        ("200k paragraphs", page("", &"<p>x, y.</p>".repeat(200_000))),
        (
            "500 deep, 200k li",
            page(
                "",
                &format!("<li>{}{}", "<div>".repeat(490), "<li>x".repeat(200_000)),
            ),
        ),
        (
            "20 MB article",
            page("", &PARAGRAPH.repeat(20_000_000 / PARAGRAPH.len())),
        ),
        ("5 MB of <", page("", &"<".repeat(5_000_000))),
        (
            "5 MB comment",
            page("", &format!("<!--{}-->", "x ".repeat(2_500_000))),
        ),
        (
            "5 MB of comment starts",
            page("", &"<!--".repeat(1_250_000)),
        ),
        ("5 MB of &", page("", &"&".repeat(5_000_000))),
        (
            "unclosed script",
            page("", &format!("<script>{}", "x <".repeat(1_500_000))),
        ),
        (
            "escaped scripts",
            page("", &format!("<script>{}", "<!-- <script> ".repeat(300_000))),
        ),
        ("unclosed quote", page("", &"<div class=\"".repeat(400_000))),
        ("one 5 MB word", page("", &"x".repeat(5_000_000))),
        ("5 MB of linked data", page("", &linked_data())),
        ("bad UTF-8", bad_utf8),
        ("NULs", nul),
        ("empty", Vec::new()),
    ]
}

/// Many large scripts of linked data.
fn linked_data() -> String {
    let body = "word ".repeat(100_000);
    let script = format!(
        "<script type=\"application/ld+json\">{{\"@type\":\"Article\",\"description\":\"{body}\"}}</script>"
    );
    script.repeat(10)
}
