//! What stands inside a paragraph: readings, helpers, formulas, hints for line breaks, code, quotations
//! and the roots of components come out as a reader sees them.

use extract::{Options, extract};

const LEAD: &str = "The keeper of the mill has opened the old book of accounts, in which every sack of rye since \
    1702 is written down in the same brown ink.";

const REST: &str = "Whoever wants to see it has to ask on a Friday, wash both hands, and promise that no page is \
    turned by anybody but the keeper herself.";

fn text(article: &str) -> String {
    let page = format!(
        "<!doctype html><title>The book of the mill</title><nav><a href=/>Home</a></nav><main><article>\
         <h1>The book of the mill</h1><p>{LEAD}</p>{article}<p>{REST}</p></article></main>"
    );
    extract(page.as_bytes(), &Options::default()).text
}

fn assert_between(article: &str, expected: &str) {
    assert_eq!(
        text(article),
        format!("{LEAD}\n\n{expected}\n\n{REST}"),
        "{article}"
    );
}

#[test]
fn readings_of_a_ruby_are_left_out_closed_or_not() {
    let plain = "この水車は村人に長く親しまれてきたもので、川の音とともに朝から晩まで回っていた。";
    for ruby in [
        "<ruby>水車<rp>（</rp><rt>すいしゃ</rt><rp>）</rp></ruby>",
        "<ruby>水車<rt>すいしゃ</ruby>",
        "<ruby><rb>水<rt>すい<rb>車<rt>しゃ</ruby>",
        "<ruby>水車<rtc><rt>すい<rt>しゃ</rtc></ruby>",
    ] {
        assert_between(&format!("<p>{}</p>", plain.replace("水車", ruby)), plain);
    }
}

#[test]
fn hints_for_line_breaks_are_no_letters() {
    assert_between(
        "<p>Die Müh&shy;len&shy;ord\u{AD}nung gilt seit drei&#8203;hundert Jahren, und nie&#xAD;mand hat sie je \
         geändert oder auch nur gelesen.</p>",
        "Die Mühlenordnung gilt seit dreihundert Jahren, und niemand hat sie je geändert oder auch nur gelesen.",
    );
}

#[test]
fn helpers_for_those_who_listen_or_edit_are_left_out() {
    assert_between(
        "<div class=sr-only>Skip past the letter</div><p>The mill has <a href=/x>a page<span class=visually-hidden> \
         (opens in a new tab)</span></a> on which the keeper writes down what the river brings.</p>",
        "The mill has a page on which the keeper writes down what the river brings.",
    );
    let found = text("<h2>Wheels<span class=mw-editsection>[<a href=/e>edit</a>]</span></h2>");
    assert!(!found.contains("edit"), "{found}");
}

#[test]
fn a_formula_is_written_once() {
    let found = text(
        "<p>The load of the wheel is <span><span><math><semantics><mrow><mi>F</mi><mo>=</mo><mi>mg</mi></mrow>\
         <annotation>F = mg</annotation></semantics></math></span><span aria-hidden=true><span>F=mg</span></span>\
         </span>, as the schoolmaster showed them on the door of the barn.</p>",
    );

    assert!(found.contains("wheel is F=mg, as the"), "{found}");
}

#[test]
fn code_and_quotations_among_the_paragraphs_are_kept() {
    for (markup, expected) in [
        (
            "<p>Three words start the pump of the mill, and they are typed into the box beside the door:</p>\
             <div class=code-toolbar><pre class=language-sh><code>pump --slow\npump --status</code></pre>\
             <div class=toolbar><button>Copy</button></div></div>",
            "pump --slow\npump --status",
        ),
        (
            "<div class=snippet><div><span>sh</span><button>Copy</button></div><div><code class=\"hljs \
             language-sh\">pump --slow\npump --status</code></div></div>",
            "pump --slow\npump --status",
        ),
        (
            "<div class=tweet><blockquote class=twitter-tweet><p>The wheel stood still this morning, for the first \
             time in my life.</p></blockquote></div>",
            "The wheel stood still this morning, for the first time in my life.",
        ),
    ] {
        let found = text(&format!("<p>{LEAD} Twice.</p>{markup}<p>{REST} Twice.</p>"));

        assert!(found.contains(expected), "{markup}: {found}");
        assert!(!found.contains("Copy"), "{found}");
    }
}

#[test]
fn a_declared_shadow_root_is_a_part_of_the_page_and_other_templates_are_not() {
    assert_between(
        &format!(
            "<mill-part><template shadowrootmode=open><style>p{{color:red}}</style><p>{LEAD} Inside.</p></template>\
             </mill-part><template><p>{LEAD} Never shown.</p></template>"
        ),
        &format!("{LEAD} Inside."),
    );
}

#[test]
fn markup_that_linked_data_escapes_twice_is_markup() {
    let body = format!("&lt;p&gt;{LEAD}&lt;/p&gt;&lt;p&gt;{REST}&lt;/p&gt;");
    let page = format!(
        "<title>Mill</title><script type=application/ld+json>{{\"@type\":\"NewsArticle\",\"articleBody\":\"{body}\"}}\
         </script><body><div id=app></div>"
    );

    let found = extract(page.as_bytes(), &Options::default());

    assert_eq!(found.text, format!("{LEAD}\n\n{REST}"));
}
