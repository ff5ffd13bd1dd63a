//! Pages of whole pieces of markup keep the promises: each byte of the input is one piece, and
//! what follows some of them says how often. So the fuzzer need not find `<table>` letter by
//! letter and gets deep into the tree builder and the judge of blocks.

#![no_main]

#[path = "../../../shared/extract/tests/promises/mod.rs"]
mod promises;

use extract::Options;
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 48] = [
    "html", "head", "body", "title", "p", "div", "span", "a", "b", "i", "font", "li", "ul", "ol",
    "dl", "dt", "dd", "table", "tbody", "tr", "td", "th", "caption", "article", "section", "aside",
    "nav", "header", "footer", "main", "h1", "h2", "form", "button", "select", "option",
    "blockquote", "pre", "figure", "figcaption", "svg", "math", "template", "noscript", "textarea",
    "x-y", "br", "address",
];

const PIECES: [&str; 16] = [
    "The council met on Tuesday, and after a long debate it decided to ask for another report. ",
    "We and our partners use cookies, with your consent. ", "Subscribe to continue reading ",
    "Read more ", "© 2024 ", "&amp;&nbsp", "\n", " | ", "<!-- - -->", "<script>1<2</script>",
    "<style>a{}</style>", "<meta property=og:title content='A report'>",
    "<script type=application/ld+json>{\"@type\":\"Article\",\"articleBody\":\"One.\"}</script>",
    "<time datetime=2024-05-17>17 May</time>", "<img alt=x>", "字、",
];

const ATTRIBUTES: [&str; 8] = [
    " class=comments", " class=teaser", " class=article-body", " hidden", " href=/a", " id=content",
    " style=display:none", " class='cookie consent'",
];

fuzz_target!(|data: &[u8]| {
    let mut page = String::new();
    let mut bytes = data.iter().copied();
    while let Some(byte) = bytes.next()
        && page.len() < 300_000
    {
        let at = usize::from(byte);
        match byte {
            0..48 => page.extend(["<", NAMES[at], ">"]),
            48..96 => page.extend(["</", NAMES[at - 48], ">"]),
            96..144 => {
                let which = usize::from(bytes.next().unwrap_or(0)) % ATTRIBUTES.len();
                page.extend(["<", NAMES[at - 96], ATTRIBUTES[which], ">"]);
            }
            144..192 => {
                let times = 1 + usize::from(bytes.next().unwrap_or(0)) * 3;
                page.push_str(&["<", NAMES[at - 144], ">"].concat().repeat(times));
            }
            192..240 => page.push_str(PIECES[at % PIECES.len()]),
            _ => page.push_str(&PIECES[at % PIECES.len()].repeat(9)),
        }
    }

    promises::assert_kept(page.as_bytes(), &Options::default());
});
