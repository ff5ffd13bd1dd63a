//! Pages made to break extractors, for the tests and for the benchmark that prints their cost.

/// A paragraph that every page has and none may lose.
const PARAGRAPH: &str = "<p>The committee met on Tuesday, and after a long debate about the costs \
    of the new bridge it decided to ask for another report before the end of the year.</p>";

/// What is read of a page; one piece that fills it all is the worst that can stand in one place.
const FULL: usize = 8_000_000;

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

/// As much of `unit` as a page may have.
fn full_of(unit: &str) -> String {
    unit.repeat(FULL / unit.len())
}

/// A hostile page, made when it is asked for: all of them at once are half a gigabyte.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) page: Box<dyn Fn() -> Vec<u8>>,
}

fn case(name: &'static str, page: impl Fn() -> Vec<u8> + 'static) -> Case {
    let page = Box::new(page);
    Case { name, page }
}

/// Every hostile page.
pub(crate) fn pages() -> Vec<Case> {
    let mut all = deep();
    all.extend(many());
    all.extend(alike());
    all.extend(long());
    all.extend(broken());
    all
}

/// What the rules behind the classifier compare with each other: all of it alike.
fn alike() -> Vec<Case> {
    let says = "The clerk wrote down what was said, and nobody read it.";
    let story = format!(
        "<article><h1>The bridge</h1><p>{}</p></article>",
        says.repeat(5)
    );
    let threes = (0..12_000)
        .map(|nth| {
            format!(
                "<ul><li class=c{nth}>{says}<li class=c{nth}>{says}<li class=c{nth}>{says}</ul>"
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let hidden = format!("<h3>More</h3><div hidden><p>{says}</p></div>");
    vec![
        case("stories made alike", move || page("", &full_of(&story))),
        case("replies in threes", move || page("", &threes)),
        case("hidden parts", move || page("", &full_of(&hidden))),
        case("requests for consent", || {
            page(
                "",
                &full_of("<p>We and our partners use cookies with your consent.</p>"),
            )
        }),
    ]
}

/// Elements inside elements.
fn deep() -> Vec<Case> {
    vec![
        case("10k nested div", || nested(10_000)),
        case("100k nested div", || nested(100_000)),
        case("20k ul/li", || page("", &"<ul><li>".repeat(20_000))),
        case("20k b", || page("", &"<b>".repeat(20_000))),
        case("20k nested tables", || {
            page("", &"<table><tr><td>x ".repeat(20_000))
        }),
        case("20k nested links", || {
            page("", &"<a href=x>y<div>".repeat(20_000))
        }),
        case("1.3M nested span", || page("", &full_of("<span>"))),
        case("500 deep, 200k li", || {
            page("", &below(&"<li>x".repeat(200_000)))
        }),
        case("500 deep, all of p", || page("", &below(&full_of("<p>x")))),
        case("hollow authors", || page("", &hollow("<div class=author>"))),
        case("hollow headings", || page("", &hollow("<h1><div>"))),
        case("long names, nested", || page("", &long_names())),
    ]
}

/// Many of one thing.
fn many() -> Vec<Case> {
    vec![
        case("3k font/p", || page("", &fonts(3_000))),
        case("10k font/p", || page("", &fonts(10_000))),
        case("50k attributes", || page(&attributes(50_000), "")),
        case("100k attributes", || page(&attributes(100_000), "")),
        case("1M br", || page("", &"<br>".repeat(1_000_000))),
        case("1M x br", || page("", &"x<br>".repeat(1_000_000))),
        case("200k links", || {
            page("", &"<a href=/x>link text</a> ".repeat(200_000))
        }),
        case("1M links", || page("", &full_of("<a href>y"))),
        case("200k paragraphs", || {
            page("", &"<p>x, y.</p>".repeat(200_000))
        }),
        case("2M paragraphs", || page("", &full_of("<p>x"))),
        case("2M rules", || page("", &full_of("x<hr>"))),
        case("250k classes", || page("", &classes(250_000))),
        case("cells", || {
            page("", &format!("<table>{}", full_of("<tr><td>x<td>y")))
        }),
        case("articles", || {
            page("", &full_of("<article>One, two, three."))
        }),
        case("headings", || {
            page("", &full_of("<h1>One two three four</h1>"))
        }),
        case("empty headings", || page("", &full_of("<h1></h1>"))),
        case("titles", || page(&full_of("<title>x</title>"), "")),
        case("metas", || {
            page(&full_of("<meta name=author content=x>"), "")
        }),
        case("times", || page("", &full_of("<time datetime=x>"))),
        case("noscripts", || page("", &full_of("<noscript>x</noscript>"))),
        case("consent", || {
            page("", &full_of("<p>cookie consent partner, x y z"))
        }),
        case("20 MB article", || {
            page("", &PARAGRAPH.repeat(20_000_000 / PARAGRAPH.len()))
        }),
        case("5 MB of linked data", || page("", &linked_data())),
        case("linked data, all arrays", || page("", &small_values("[],"))),
        case("linked data, all objects", || {
            page("", &small_values("{\"a\":0},"))
        }),
    ]
}

/// One thing that is long.
fn long() -> Vec<Case> {
    vec![
        case("one 5 MB word", || page("", &"x".repeat(5_000_000))),
        case("one text", || page("", &full_of("word "))),
        case("one text of letters", || page("", &full_of("a "))),
        case("one text of wide letters", || page("", &full_of("字、"))),
        case("one preformatted text", || {
            page("", &format!("<pre>{}", full_of("a\n")))
        }),
        case("one class", || {
            page(&format!("<div class='{}'></div>", full_of("word ")), "")
        }),
        case("one class of hints", || {
            page(&format!("<div class='{}'></div>", full_of("nav ")), "")
        }),
        case("one style", || {
            page(&format!("<div style='{}'></div>", full_of(" ")), "")
        }),
        case("one tag name", || {
            page(&format!("<x{}></x>", full_of("x")), "")
        }),
        case("one comment", || {
            page("", &format!("<!--{}-->", full_of("word ")))
        }),
        case("one comment of dashes", || {
            page("", &format!("<!--{}>", full_of("-")))
        }),
        case("one style sheet", || {
            page(&format!("<style>{}</style>", full_of("a{b:c}")), "")
        }),
        case("one title", || {
            page(&format!("<title>{}</title>", full_of("word ")), "")
        }),
        case("one title of references", || {
            page(&format!("<title>{}</title>", full_of("&lt;")), "")
        }),
        case("one heading", || {
            page("", &format!("<h1>{}</h1>", full_of("word ")))
        }),
        case("one meta", || {
            page(
                &format!("<meta name=author content='{}'>", full_of("word ")),
                "",
            )
        }),
        case("one linked data", || {
            page(&linked_text(&full_of("word ")), "")
        }),
        case("one linked body", || {
            page(&linked_text(&"&lt;p&gt;x ".repeat(90_000)), "")
        }),
        case("references by name", || page("", &full_of("&lt;"))),
        case("references by number", || page("", &full_of("&#65;"))),
        case("references of no name", || page("", &full_of("&zzzzzz"))),
        case("references of no name;", || page("", &full_of("&z;"))),
        case("5 MB of &", || page("", &"&".repeat(5_000_000))),
    ]
}

/// Markup that is no markup, or never ends.
fn broken() -> Vec<Case> {
    vec![
        case("5 MB of <", || page("", &"<".repeat(5_000_000))),
        case("all of </", || page("", &full_of("</"))),
        case("all of <!", || page("", &full_of("<!"))),
        case("all of <a", || page("", &full_of("<a"))),
        case("all of <?>", || page("", &full_of("<?>"))),
        case("all of </a>", || page("", &full_of("</a>"))),
        case("all of </p>", || page("", &full_of("</p>"))),
        case("all of </br>", || page("", &full_of("</br>"))),
        case("5 MB comment", || {
            page("", &format!("<!--{}-->", "x ".repeat(2_500_000)))
        }),
        case("5 MB of comment starts", || {
            page("", &"<!--".repeat(1_250_000))
        }),
        case("unclosed script", || {
            page("", &format!("<script>{}", "x <".repeat(1_500_000)))
        }),
        case("escaped scripts", || {
            page("", &format!("<script>{}", "<!-- <script> ".repeat(300_000)))
        }),
        case("unclosed quote", || {
            page("", &"<div class=\"".repeat(400_000))
        }),
        case("bad UTF-8", || {
            bytes(&[0xFF, 0xC0, 0x80, 0xED, 0xA0, 0x80, 0xF5], 100_000)
        }),
        case("NULs", || bytes(&[0], 1_000_000)),
        case("empty", Vec::new),
    ]
}

/// Many large scripts of linked data.
fn linked_data() -> String {
    linked_text(&"word ".repeat(100_000)).repeat(10)
}

fn linked_text(text: &str) -> String {
    format!(
        "<script type=\"application/ld+json\">{{\"@type\":\"Article\",\"articleBody\":\"{text}\"}}</script>"
    )
}

/// Scripts of linked data, each of the largest size that is read, of many values.
fn small_values(value: &str) -> String {
    let values = value.repeat(1_000_000 / value.len());
    let script = format!("<script type=\"application/ld+json\">[{values}0]</script>");
    script.repeat(8)
}

fn fonts(count: usize) -> String {
    (0..count).map(|n| format!("<font x{n}><p>")).collect()
}

fn attributes(count: usize) -> String {
    let all: String = (0..count).map(|n| format!(" a{n}=1")).collect();
    format!("<div{all}></div>")
}

fn classes(count: usize) -> String {
    (0..count)
        .map(|n| format!("<p class=c{n}>text {n}"))
        .collect()
}

/// Names that differ only at their end, and end tags that close none of them.
fn long_names() -> String {
    let same = "y".repeat(4_000);
    let opened: String = (0..510).map(|n| format!("<x{same}{n}>")).collect();
    opened + &format!("</x{same}z>").repeat(1_400)
}

fn bytes(unit: &[u8], count: usize) -> Vec<u8> {
    let mut page = page("", "");
    page.extend(unit.repeat(count));
    page
}

/// Elements below almost as many others as may be open.
fn below(all: &str) -> String {
    format!("<li>{}{all}", "<div>".repeat(490))
}

/// Elements that are asked for their text and have none.
fn hollow(open: &str) -> String {
    format!("{}{}", open.repeat(250), "<i></i>".repeat(900_000))
}
