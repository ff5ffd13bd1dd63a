//! Pages that have no article, as sites make them: each comes out empty with the right reason, and
//! the same page with an article in it does not.

#![expect(clippy::format_collect, reason = "clearer in a test")]

use extract::{EmptyReason, Options, extract};

/// What stands around everything on a site.
fn site(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=en><head><meta charset=utf-8><title>{title} | The Courier</title>\
         <meta property=og:site_name content='The Courier'><link rel=stylesheet href=/a.css>\
         <script>window.dataLayer = window.dataLayer || [];</script></head><body>\
         <header class=site-header><a class=logo href=/>The Courier</a><nav><ul><li><a href=/local>\
         Local</a><li><a href=/sport>Sport</a><li><a href=/culture>Culture</a></ul></nav></header>\
         {body}<footer class=site-footer><p>© 2024 The Courier. All rights reserved.</p><ul><li>\
         <a href=/terms>Terms of use</a><li><a href=/privacy>Privacy policy</a></ul></footer></body></html>"
    )
}

const HEADLINES: [&str; 9] = [
    "Council votes to rebuild the old footbridge over the Lenn",
    "School gets a second gymnasium after years of waiting",
    "Rowing club wins the regatta for the third time",
    "Why the bakery in Mill Lane opens at four in the morning",
    "New bus line connects the eastern quarter with the station",
    "Library stays open on six days of the week next year",
    "Farmers fear for the harvest after a dry spring",
    "Museum shows photographs of the flood of 1962",
    "Two injured in a collision at the roundabout on Ring Road",
];

const TEASERS: [&str; 3] = [
    "Work is due to begin in March, when the water is low, and to last for fourteen months.",
    "The decision was taken on Tuesday evening, with two members of the council against it.",
    "Residents had collected more than two thousand signatures in the weeks before the vote.",
];

fn listed(item: impl Fn(&str, &str) -> String) -> String {
    let pairs = HEADLINES.iter().zip(TEASERS.iter().cycle());
    pairs
        .map(|(headline, teaser)| item(headline, teaser))
        .collect()
}

fn article() -> String {
    let paragraphs: String = HEADLINES
        .iter()
        .zip(TEASERS.iter().cycle())
        .map(|(a, b)| {
            format!("<p>{a}, the mayor said on Monday. {b} {b} Nobody spoke against it.</p>")
        })
        .collect();
    format!(
        "<main><article><h1>Council votes to rebuild the bridge</h1>{paragraphs}</article></main>"
    )
}

fn assert_all(pages: &[(&str, String)], reason: EmptyReason) {
    assert!(pages.len() >= 5);
    for (url, page) in pages {
        let options = Options {
            url: Some(url),
            ..Options::default()
        };

        let found = extract(page.as_bytes(), &options);

        assert_eq!(
            found.why.empty,
            Some(reason),
            "{url}: {:?} {}",
            found.why,
            found.text
        );
        assert_eq!(found.text, "");
        let with = page.replacen("</header>", &format!("</header>{}", article()), 1);
        let with = extract(with.as_bytes(), &options);
        assert!(
            with.text.contains("Nobody spoke against it"),
            "{url}: {:?}",
            with.why
        );
    }
}

#[test]
fn lists_of_articles_are_index_pages() {
    let cards = listed(|headline, teaser| {
        format!(
            "<article class=card><a href=/a><img src=/i.jpg></a><h3><a href=/a>{headline}</a></h3><p>{teaser}</p></article>"
        )
    });
    let rows = listed(|headline, teaser| {
        format!(
            "<li><h2><a href=/a>{headline}</a></h2><p class=summary>{teaser}</p><span class=date>17 May 2024</span></li>"
        )
    });
    let excerpts = listed(|headline, teaser| {
        format!(
            "<div class=post><h2 class=entry-title><a href=/a>{headline}</a></h2><div class=entry-summary><p>{teaser} […]</p><a class=more-link href=/a>Continue reading</a></div></div>"
        )
    });
    let links = listed(|headline, _| format!("<h3 class=headline><a href=/a>{headline}</a></h3>"));
    let results = listed(|headline, teaser| {
        format!(
            "<div class=result><h3><a href=/a>{headline}</a></h3><cite>courier.example › local</cite><p>{teaser}</p></div>"
        )
    });
    assert_all(
        &[
            (
                "https://courier.example/",
                site("News", &format!("<main class=grid>{cards}</main>")),
            ),
            (
                "https://courier.example/local",
                site(
                    "Local",
                    &format!("<main><h1>Local</h1><ul>{rows}</ul></main>"),
                ),
            ),
            (
                "https://courier.example/blog/page/2",
                site(
                    "Blog",
                    &format!(
                        "<main>{excerpts}<div class=pagination><a href=/3>Older posts</a></div></main>"
                    ),
                ),
            ),
            (
                "https://courier.example/archive",
                site("Archive", &format!("<main><h1>Archive</h1>{links}</main>")),
            ),
            (
                "https://courier.example/search?q=bridge",
                site(
                    "Search",
                    &format!("<main><h1>9 results for bridge</h1>{results}</main>"),
                ),
            ),
        ],
        EmptyReason::IndexPage,
    );
}

#[test]
fn lists_without_headings_are_index_pages_too() {
    let page = |items: String| site("Local", &format!("<main><div>{items}</div></main>"));
    let lists = [
        listed(|headline, teaser| {
            format!("<div class=item><div><a href=/a>{headline}</a></div><div>{teaser}</div></div>")
        }),
        listed(|headline, teaser| format!("<li><a href=/a>{headline}</a><p>{teaser}</p></li>")),
        listed(|headline, teaser| format!("<a href=/a><h3>{headline}</h3><p>{teaser}</p></a>")),
        listed(|headline, teaser| {
            format!("<a href=/a><div>{headline}</div><div>{teaser}</div></a>")
        }),
        listed(|headline, teaser| {
            format!("<dl><dt><a href=/a>{headline}</a></dt><dd>{teaser}</dd></dl>")
        }),
        listed(|headline, teaser| {
            format!("<div><h3>{headline}</h3><p>{teaser} <a href=/a>Read more</a></p></div>")
        }),
    ];
    let url = "https://courier.example/local";
    assert_all(
        &lists.map(|items| (url, page(items))),
        EmptyReason::IndexPage,
    );
}

#[test]
fn requests_for_consent_are_consent_walls() {
    let wall = |title: &str, text: &str| {
        site(
            title,
            &format!(
                "<div class='consent-wall' role=dialog><h1>{title}</h1>{text}<button>OK</button><button>Settings</button></div>"
            ),
        )
    };
    assert_all(
        &[
            (
                "https://courier.example/a",
                wall(
                    "We value your privacy",
                    "<p>We and our 842 partners store and access information on a device, such as cookies, and process personal data, such as unique identifiers, for personalised advertising and content measurement. With your permission we and our partners may use precise geolocation data. You may click to consent to our and our partners’ processing as described above.</p>",
                ),
            ),
            (
                "https://courier.example/b",
                wall(
                    "Courier mit Werbung lesen",
                    "<p>Besuchen Sie uns wie gewohnt mit Werbung und Tracking. Details zum Tracking finden Sie in der Datenschutzerklärung und im Privacy Center. Ihre Einwilligung können Sie dort jederzeit widerrufen. Wir und unsere Partner verarbeiten personenbezogene Daten wie Cookies mit Ihrer Zustimmung.</p>",
                ),
            ),
            (
                "https://courier.example/c",
                wall(
                    "Le respect de votre vie privée",
                    "<p>Avec votre accord, nos partenaires et nous utilisons des cookies ou traceurs pour stocker et accéder à des données personnelles comme votre visite sur ce site. Vous pouvez retirer votre consentement à tout moment dans notre politique de cookies.</p>",
                ),
            ),
            (
                "https://courier.example/d",
                wall(
                    "Tu privacidad es importante",
                    "<p>Nosotros y nuestros partners usamos cookies y tratamos datos personales con tu consentimiento para mostrar publicidad personalizada. Puedes retirar tu consentimiento o gestionar las cookies en cualquier momento.</p>",
                ),
            ),
            (
                "https://courier.example/e",
                site(
                    "Before you continue",
                    "<form action=/consent><h2>Before you continue</h2><p>We use cookies and data to deliver and maintain our services, and to measure engagement. If you agree, we will also use cookies and data to show personalised ads. Partners may use this data with your consent; see our privacy policy.</p><input type=submit value='I agree'></form>",
                ),
            ),
        ],
        EmptyReason::ConsentWall,
    );
}

#[test]
fn teasers_before_a_paywall_are_paywalls() {
    let walled = |teaser: &str, wall: &str| {
        site(
            "Bridge",
            &format!(
                "<main><article><h1>Council votes to rebuild the bridge</h1><p>{teaser}</p></article><div class='paywall subscribe'>{wall}</div></main>"
            ),
        )
    };
    let not_free = "<script type=application/ld+json>{\"@type\":\"NewsArticle\",\"headline\":\"Council votes\",\"isAccessibleForFree\":false}</script>";
    assert_all(
        &[
            (
                "https://courier.example/1",
                walled(
                    TEASERS[0],
                    "<h2>Subscribe to continue reading</h2><p>Unlimited access for £1 a month. Already a subscriber? <a href=/login>Log in</a></p>",
                ),
            ),
            (
                "https://courier.example/2",
                walled(
                    "Die Arbeiten sollen im März beginnen, wenn das Wasser niedrig ist, und vierzehn Monate dauern.",
                    "<h3>Jetzt weiterlesen mit Plus</h3><p>Testen Sie vier Wochen für 1 Euro.</p>",
                ),
            ),
            (
                "https://courier.example/3",
                walled(
                    "Les travaux doivent commencer en mars, quand l’eau est basse, et durer quatorze mois.",
                    "<h3>Article réservé aux abonnés</h3><p>Il vous reste 85 % de cet article à lire.</p>",
                ),
            ),
            (
                "https://courier.example/4",
                walled(&format!("{not_free}{}", TEASERS[1]), "<p>Sign in</p>"),
            ),
            (
                "https://courier.example/5",
                site(
                    "Bridge",
                    &format!(
                        "{not_free}<main><article><h1>Council votes to rebuild the bridge</h1><p class=lead></p></article><div class=offer><h2>Read on with Courier Plus</h2><p>One month for nothing.</p></div></main>"
                    ),
                ),
            ),
        ],
        EmptyReason::Paywall,
    );
}

#[test]
fn pages_that_a_script_fills_need_a_script() {
    let bundle = "<script>".to_owned() + &"self.__chunk.push([1,{a:2}]);".repeat(200) + "</script>";
    let plain = |root: &str| {
        format!(
            "<!DOCTYPE html><html><head><title>Courier</title></head><body><header></header>{root}{bundle}</body></html>"
        )
    };
    assert_all(
        &[
            (
                "https://courier.example/1",
                plain(
                    "<noscript>You need to enable JavaScript to run this app.</noscript><div id=root></div>",
                ),
            ),
            (
                "https://courier.example/2",
                plain(
                    "<noscript><strong>We're sorry but courier doesn't work properly without JavaScript enabled. Please enable it to continue.</strong></noscript><div id=app></div>",
                ),
            ),
            (
                "https://courier.example/3",
                plain("<div id=__next><div class=skeleton><span></span><span></span></div></div>"),
            ),
            (
                "https://courier.example/4",
                plain("<app-root><div class=spinner>Loading…</div></app-root>"),
            ),
            (
                "https://courier.example/5",
                plain("<div id=app class=loading><p>Chargement…</p></div>"),
            ),
        ],
        EmptyReason::NeedsScript,
    );
}

#[test]
fn a_text_in_a_script_s_template_needs_the_script() {
    let teasers = TEASERS
        .map(|teaser| format!("<p>{teaser} {teaser}</p>"))
        .concat();
    let links = listed(|headline, _| format!("<li><a href=/a>{} words</a></li>", headline.len()));
    for kind in [
        "text/template",
        "text/x-handlebars-template",
        "text/html",
        "text/x-tmpl",
    ] {
        let page = site(
            "Bridge",
            &format!(
                "<ul class=menu>{links}</ul><div id=view></div><script type='{kind}' id=t><article>{teasers}</article></script>"
            ),
        );

        let found = extract(page.as_bytes(), &Options::default());

        assert_eq!(
            found.why.empty,
            Some(EmptyReason::NeedsScript),
            "{kind}: {}",
            found.text
        );
        let plain = page.replace(kind, "text/javascript");
        let plain = extract(plain.as_bytes(), &Options::default());
        assert_eq!(plain.why.empty, Some(EmptyReason::NoParagraphs), "{kind}");
    }
}
