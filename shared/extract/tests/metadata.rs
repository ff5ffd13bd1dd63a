//! Where the metadata come from, and what is passed over: one small page a case.

use extract::{Extracted, Options, Precision, extract};

const URL: &str = "https://www.courier.example/local/bridge";

fn of(head: &str, body: &str) -> Extracted {
    let paragraph = "<p>The bridge over the river was opened to traffic on Monday after two years \
        of work, the city said in a statement, and nobody was surprised.</p>";
    let page = format!("<html><head>{head}</head><body>{body}<article>{paragraph}</article>");
    let options = Options {
        url: Some(URL),
        ..Options::default()
    };
    extract(page.as_bytes(), &options)
}

#[test]
fn a_title_is_the_headline_that_page_and_head_agree_on() {
    let cases = [
        // The heading that the page shows, where the head says it in other words.
        (
            "<title>Bridge opened</title>",
            "<h1>City opens bridge over the Lenn</h1>",
            "City opens bridge over the Lenn",
        ),
        // A heading that has nothing to do with the title.
        (
            "<title>Bridge is opened at last</title>",
            "<h1>Select an option</h1>",
            "Bridge is opened at last",
        ),
        (
            "<title>Bridge is opened at last</title>",
            "<h1>The Courier</h1>",
            "Bridge is opened at last",
        ),
        // A kicker, a site's name, a name in front.
        (
            "<meta property=og:title content='Bridge is opened at last'>",
            "<h1>Local news | Bridge is opened at last</h1>",
            "Bridge is opened at last",
        ),
        (
            "<title>Bridge is opened | The Courier</title>",
            "",
            "Bridge is opened",
        ),
        (
            "<title>Bridge - Wikipedia</title>",
            "<h1>Bridge</h1>",
            "Bridge",
        ),
        // Encoded once more than it should be.
        (
            "<title>Lenn &amp;amp; Harwick agree</title>",
            "",
            "Lenn & Harwick agree",
        ),
        ("", "<h1>Bridge</h1>", "Bridge"),
    ];

    for (head, body, expected) in cases {
        assert_eq!(
            of(head, body).title.as_deref(),
            Some(expected),
            "{head} {body}"
        );
    }
}

#[test]
fn a_date_is_taken_from_the_most_reliable_place_that_has_it() {
    let meta = "<meta property=article:published_time content=2024-05-17T08:30:00+02:00>";
    let cases = [
        (
            meta,
            "<time datetime=2020-01-01></time>",
            "2024-05-17T08:30:00+02:00",
            Precision::Instant,
        ),
        (
            "",
            "<time datetime=2024-05-17>x</time>",
            "2024-05-17",
            Precision::Day,
        ),
        (
            "",
            "<span class=post-date>17.05.2024</span>",
            "2024-05-17",
            Precision::Day,
        ),
        (
            "",
            "<h1>A bridge is opened</h1><div>By Ann Lee · May 17, 2024</div>",
            "2024-05-17",
            Precision::Day,
        ),
        (
            "",
            "<div class=datum>17. Mai 2024</div>",
            "2024-05-17",
            Precision::Day,
        ),
    ];

    for (head, body, iso, precision) in cases {
        let published = of(head, body).published.unwrap();

        assert_eq!(
            (published.iso.as_str(), published.precision),
            (iso, precision),
            "{head} {body}"
        );
    }
    for body in [
        "<span class=update-date>17.05.2024</span>",
        "<p>On 17.05.2024 the council met and talked about the bridge over the river for hours.</p>",
        "<span class=date>05/06/2024</span>",
    ] {
        assert_eq!(of("", body).published, None, "{body}");
    }
}

#[test]
fn the_date_in_the_address_outranks_an_element_of_another_day() {
    let page = |time: &str| format!("<title>A bridge</title><time datetime={time}>x</time><p>x");
    let options = Options {
        url: Some("https://courier.example/2024/05/17/bridge"),
        ..Options::default()
    };
    let date_of = |time: &str| {
        extract(page(time).as_bytes(), &options)
            .published
            .unwrap()
            .iso
    };

    assert_eq!(date_of("2019-01-01"), "2024-05-17");
    assert_eq!(date_of("2024-05-17T08:30:00Z"), "2024-05-17T08:30:00Z");
}

#[test]
fn a_byline_is_names_and_nothing_else() {
    let linked = |author: &str| {
        format!(
            "<script type=application/ld+json>{{\"@type\":\"NewsArticle\",\"author\":{author}}}</script>"
        )
    };
    let cases = [
        (
            linked("[{\"name\":\"Ann Lee\"},{\"name\":\"Bo Day\"}]"),
            "",
            Some("Ann Lee, Bo Day"),
        ),
        (
            linked("{\"name\":\"admin\"}"),
            "<a rel=author>Ann Lee</a>",
            Some("Ann Lee"),
        ),
        (
            "<meta name=author content='By Ann Lee'>".into(),
            "",
            Some("Ann Lee"),
        ),
        (
            "<meta name=author content='https://x.example/ann'>".into(),
            "",
            None,
        ),
        (
            String::new(),
            "<p class=byline>Von Ann Lee · 14. Oktober 2021</p>",
            Some("Ann Lee"),
        ),
        (
            String::new(),
            "<p class=byline>Ann Lee Ann Lee, 14 May</p>",
            Some("Ann Lee"),
        ),
    ];

    for (head, body, expected) in cases {
        assert_eq!(of(&head, body).byline.as_deref(), expected, "{head} {body}");
    }
}

#[test]
fn site_language_and_address_are_what_the_page_declares() {
    let found = of(
        "<title>A bridge | Courier</title><link rel=canonical href=/local/bridge-2>\
         <meta http-equiv=content-language content='de_AT, en'>",
        "",
    );

    assert_eq!(found.site_name.as_deref(), Some("Courier"));
    assert_eq!(found.language.as_deref(), Some("de-AT"));
    assert_eq!(
        found.canonical_url.as_deref(),
        Some("https://www.courier.example/local/bridge-2")
    );
    let front = of("<link rel=canonical href=https://www.courier.example/>", "");
    assert_eq!(
        front.canonical_url, None,
        "every page of some sites names the front page"
    );
}
