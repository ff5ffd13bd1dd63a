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
        "<p class=meta>Updated 3 hours ago</p>",
        "<div class=comments><time datetime=2024-05-17>x</time></div>",
        "<ul class=latest><li><time datetime=2024-05-17>x</time><a href=/b>A bakery survives</a></ul>",
        "<h1>A fair on 17 May 2024</h1>",
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

const BODY: &str = "<p>The bridge over the river was opened to traffic on Monday after two years of \
    work, the city said in a statement.</p><p>Nobody was surprised, since the last of the four piers \
    had been finished in the spring, a month before the plan.</p><p>Tolls stay as they are for now, \
    and the old ferry goes to a museum that has waited for it since 1998.</p>";

/// A page whose article begins with `head`, has `foot` behind its text, and others around it.
fn byline_of(head: &str, foot: &str) -> Option<String> {
    let page = format!(
        "<title>Bridge opens at last</title><body><div class=teaser><span class=author>Tess Teaser\
         </span></div><article><h1>Bridge opens at last</h1>{head}{BODY}{foot}</article>\
         <div id=comments><span class=author rel=author>Cole Comment</span> by Cora Comment</div>"
    );
    let options = Options {
        url: Some(URL),
        ..Options::default()
    };
    extract(page.as_bytes(), &options).byline
}

#[test]
fn a_visible_byline_is_found_in_the_ways_in_which_it_is_written() {
    let cases = [
        // Elements named for the author, and what stands with the name in them.
        (
            "<div class=byline>By <a href=/a>Ann Lee</a>, <a href=/b>Bo Day</a> and <a href=/c>Cy Orr</a></div>",
            "Ann Lee, Bo Day, Cy Orr",
        ),
        (
            "<span class=c-byline__author-name>Ann Lee</span>",
            "Ann Lee",
        ),
        ("<address><span>Ann Lee</span></address>", "Ann Lee"),
        (
            "<div itemprop=author itemscope><span itemprop=name>Ann Lee</span><span itemprop=jobTitle>Editor at large</span></div>",
            "Ann Lee",
        ),
        (
            "<div class=author>Ann Lee in Sport on 12 January 2017</div>",
            "Ann Lee",
        ),
        (
            "<div class=author>Ann Lee / TNN / Updated: Oct 9, 2019</div>",
            "Ann Lee",
        ),
        (
            "<div class=author>Ann Lee More stories by Ann Lee</div>",
            "Ann Lee",
        ),
        (
            "<div class=author>Ann Lee, Senior Reporter</div>",
            "Ann Lee",
        ),
        ("<div class=author>Ann Lee @annlee</div>", "Ann Lee"),
        ("<span class=byline>Ann Lee July 10, 2015</span>", "Ann Lee"),
        (
            "<div class=byline>Monday August 20, 2018 10:05 am PDT by Ann Lee</div>",
            "Ann Lee",
        ),
        (
            "<div class=authors><span class=author>By: Ann Lee</span><span class=author>, Bo Day</span></div>",
            "Ann Lee, Bo Day",
        ),
        (
            "<div class=byline><span>Ann</span> <span>Lee</span></div>",
            "Ann Lee",
        ),
        (
            "<div class=byline>Written by Ann Lee<br>Edited by Ed Itor</div>",
            "Ann Lee",
        ),
        // Lines that only begin like one.
        ("<div class=x>By <span>Ann Lee</span></div>", "Ann Lee"),
        ("<p>Von Ann Lee</p>", "Ann Lee"),
        ("<p>Propos recueillis par Ann Lee</p>", "Ann Lee"),
        ("<p>Texto: Ana Ruiz</p>", "Ana Ruiz"),
        ("<p>Автор: Анна Ли</p>", "Анна Ли"),
        ("<p>作者：李明远</p>", "李明远"),
        ("<p>بقلم: أحمد علي</p>", "أحمد علي"),
        ("<p class=reporter>홍길동 기자</p>", "홍길동"),
        // One word is enough where it is declared to be a name.
        (
            "<span class='author vcard'><a class=fn rel=author href=/a>Voltaire</a></span>",
            "Voltaire",
        ),
        (
            "<div class=authorbox><b>von</b> <span class=imagedefault>Ann Lee</span></div>",
            "Ann Lee",
        ),
        // A link to somebody's own page.
        ("<p><a href=/author/ann-lee>Ann Lee</a></p>", "Ann Lee"),
    ];

    for (head, expected) in cases {
        assert_eq!(byline_of(head, "").as_deref(), Some(expected), "{head}");
    }
    for foot in [
        "<p style='text-align: right'><b>Ann Lee</b></p>",
        "<ul><li><b>Author</b>: Ann Lee</li></ul>",
        "<p>By Ann Lee</p>",
        "<p>The bridge stands where the old one stood for ninety years and a little more.【Ann Lee】</p>",
    ] {
        assert_eq!(byline_of("", foot).as_deref(), Some("Ann Lee"), "{foot}");
    }
}

#[test]
fn nobody_else_is_taken_for_the_author() {
    let others = [
        ("", ""),
        (
            "<figure><figcaption><span class=author>Photo: Ann Lee</span></figcaption></figure>",
            "",
        ),
        ("<p class=author>Foto: Ann Lee</p>", ""),
        ("<span class=byline>Share this story</span>", ""),
        (
            "<blockquote>It opened. <span class=author>Ann Lee</span></blockquote>",
            "",
        ),
        ("<p>By the river</p>", ""),
        ("<p>By Monday</p>", ""),
        (
            "",
            "<div class=related-posts><span class=author>Ann Lee</span></div>",
        ),
        ("", "<p><strong>Read more stories</strong></p>"),
    ];

    for (head, foot) in others {
        assert_eq!(byline_of(head, foot), None, "{head} {foot}");
    }
}

#[test]
fn a_visible_person_outranks_the_publisher_and_the_newsroom_in_the_head() {
    let linked = |author: &str| {
        format!(
            "<meta property=og:site_name content='The Courier'><script type=application/ld+json>\
             {{\"@type\":\"NewsArticle\",\"headline\":\"x\",\"author\":{author},\
             \"publisher\":{{\"name\":\"Courier Press\"}}}}</script>"
        )
    };
    let seen = "<p class=byline>By Ann Lee</p>";

    for author in [
        "{\"@type\":\"Organization\",\"name\":\"Ray Ban\"}",
        "{\"@type\":\"Person\",\"name\":\"The Courier\"}",
        "{\"@type\":\"Person\",\"name\":\"Courier Press\"}",
        "\"admin\"",
        "\"Newsroom\"",
        "\"courier.example\"",
    ] {
        let found = of(&linked(author), seen).byline;
        assert_eq!(found.as_deref(), Some("Ann Lee"), "{author}");
    }
    // A person in the head stays, and a newsroom is better than nobody.
    let person = linked("{\"@type\":\"Person\",\"name\":\"Bo Day\"}");
    assert_eq!(of(&person, seen).byline.as_deref(), Some("Bo Day"));
    let newsroom = of(&linked("\"Reuters\""), "").byline;
    assert_eq!(newsroom.as_deref(), Some("Reuters"));
}

#[test]
fn linked_data_names_authors_in_many_forms() {
    let cases = [
        (
            "{\"@type\":\"Article\",\"author\":{\"givenName\":\"Ann\",\"familyName\":\"Lee\"}}",
            "Ann Lee",
        ),
        (
            "{\"@type\":\"Article\",\"author\":\"By Ann Lee and Bo Day\"}",
            "Ann Lee, Bo Day",
        ),
        (
            "{\"@type\":\"Article\",\"author\":{\"name\":[\"Ann Lee\",\"Bo Day\"]}}",
            "Ann Lee, Bo Day",
        ),
        (
            "{\"@type\":\"Article\",\"author\":{\"@list\":[{\"name\":\"Ann Lee\"}]}}",
            "Ann Lee",
        ),
        (
            "{\"@graph\":[{\"@type\":\"Article\",\"author\":{\"@id\":\"#a\"}},\
          {\"@type\":\"Person\",\"@id\":\"#a\",\"name\":\"Ann Lee\"}]}",
            "Ann Lee",
        ),
        (
            "{\"@type\":\"Article\",\"author\":{\"name\":\"Ann Lee, Senior Reporter\"}}",
            "Ann Lee",
        ),
    ];

    for (data, expected) in cases {
        let head = format!("<script type=application/ld+json>{data}</script>");
        assert_eq!(of(&head, "").byline.as_deref(), Some(expected), "{data}");
    }
}

#[test]
fn a_date_is_read_in_the_languages_and_forms_of_real_pages() {
    let dated = |language: &str, url: &str, body: &str| {
        let page = format!(
            "<html lang={language}><title>Bridge opens</title><article><h1>Bridge opens</h1>{body}{BODY}"
        );
        let options = Options {
            url: Some(url),
            ..Options::default()
        };
        let found = extract(page.as_bytes(), &options).published;
        found.map(|date| date.iso)
    };
    let cases = [
        ("ru", "<p class=date>17 мая 2024, 12:30</p>"),
        ("ar", "<p class=date>١٧ مايو ٢٠٢٤</p>"),
        ("th", "<p class=date>17 พฤษภาคม 2567</p>"),
        ("ko", "<p class=date>2024년 5월 17일</p>"),
        ("vi", "<p class=date>Thứ sáu, 17/5/2024, 15:00 (GMT+7)</p>"),
        ("hu", "<p class=datum>2024. május 17.</p>"),
        ("en-GB", "<p class=dateline>Published: 17/05/2024 10:15</p>"),
        ("en-US", "<p class=dateline>05/17/2024</p>"),
        ("en", "<time class=entry-date>May 17th, 2024</time>"),
        (
            "en",
            "<abbr class='published updated' title=2024-05-17>Friday</abbr>",
        ),
        (
            "en",
            "<div><p>Received 10 June 2022</p><p>Accepted 16 December 2022</p><p>Published 17 May 2024</p></div>",
        ),
        (
            "en",
            "<p class=meta>Updated 20 May 2024, published 17 May 2024</p>",
        ),
    ];

    for (language, body) in cases {
        let found = dated(language, URL, body);
        assert_eq!(found.as_deref(), Some("2024-05-17"), "{language} {body}");
    }
    let either = "<p class=date>05/06/2024</p>";
    assert_eq!(dated("en", URL, either), None);
    assert_eq!(dated("en-US", URL, either).as_deref(), Some("2024-05-06"));
    assert_eq!(
        dated("en", "https://x.co.uk/a", either).as_deref(),
        Some("2024-06-05")
    );
    assert_eq!(
        dated("de", "https://x.example/2021/04/92713", ""),
        None,
        "a number is no day"
    );
    let times = [
        ("1676551869", "2023-02-16T12:51:09Z"),
        ("1676551869000", "2023-02-16T12:51:09Z"),
        ("Sun Nov 23 16:00:00 EDT 2014", "2014-11-23T16:00:00-04:00"),
        ("Fri, 17 May 2024 08:30:00 GMT", "2024-05-17T08:30:00Z"),
    ];
    for (value, expected) in times {
        let head = format!("<meta property=article:published_time content='{value}'>");
        assert_eq!(of(&head, "").published.unwrap().iso, expected, "{value}");
    }
}

#[test]
fn a_title_is_freed_of_site_and_sections() {
    let titled = |head: &str, body: &str| of(head, body).title.unwrap();
    let plain = "Bridge opens after two years of work";

    for (head, body) in [
        (
            "<title>Bridge opens after two years of work – The Harbour Post</title>",
            "",
        ),
        (
            "<title>Bridge opens after two years of work | Domain Pier</title>",
            "",
        ),
        (
            "<title>Harbour Post » News » Bridge opens after two years of work</title>",
            "",
        ),
        (
            "<title>Bridge opens after two years of work - Post</title>",
            "<h1>The Harbour Post</h1><h2>Bridge opens after two years of work</h2>",
        ),
        (
            "<title>Bridge opens after two years of work</title>",
            "<h1>Bridge opens af&shy;ter two years of work</h1>",
        ),
    ] {
        assert_eq!(titled(head, body), plain, "{head} {body}");
    }
    for (title, site, expected) in [
        ("桥梁今日重新开放_社会_青石日报", "", "桥梁今日重新开放"),
        (
            "다리가 이년 만에 열렸다-사회ㅣ부두일보",
            "부두일보",
            "다리가 이년 만에 열렸다",
        ),
        (
            "Storm hits the northern coast – two people dead",
            "",
            "Storm hits the northern coast – two people dead",
        ),
        (
            "Superbugs: what they are and how you get them",
            "",
            "Superbugs: what they are and how you get them",
        ),
    ] {
        let head = format!("<title>{title}</title><meta property=og:site_name content='{site}'>");
        assert_eq!(titled(&head, ""), expected);
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
