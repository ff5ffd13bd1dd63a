//! What stands behind an article is not its end: the next story, a second copy for another screen,
//! replies of readers, who wrote it.

use extract::{Options, Suspect, extract};

const STORY: [&str; 4] = [
    "The last tram of the old line left the depot on Sunday with a brass band on its roof, and some two \
     thousand people walked beside it as far as the river.",
    "It had run for ninety-one years, through two floods and one winter in which the wires froze so hard that \
     the drivers had to beat them with broomsticks.",
    "The new line takes a bridge of its own and needs eleven minutes less, which the operator says will bring \
     back those who have taken the car since 2009.",
    "What becomes of the depot is open; a brewer and a school have asked for it, and the council will decide \
     when the smell of oil has gone.",
];

const OTHER: [&str; 3] = [
    "A baker in the upper town has found a letter from 1911 inside the wall of the oven, addressed to somebody \
     who never lived in the house.",
    "It asks for the return of a ladder, politely at first and then less so, and ends with the drawing of a \
     dog that nobody can explain.",
    "The baker has put it in the window, where it has drawn more people than the bread, and hopes that the \
     owner of the ladder may still come by.",
];

fn paragraphs(texts: &[&str]) -> String {
    texts
        .iter()
        .map(|text| format!("<p>{text}</p>"))
        .collect::<Vec<_>>()
        .concat()
}

fn text(main: &str) -> String {
    let page = format!(
        "<!doctype html><title>The last tram | Depot News</title><header><nav><a href=/>Home</a> <a \
         href=/town>Town</a></nav></header><main>{main}</main><footer><p>Depot News, all rights \
         reserved</p></footer>"
    );
    extract(page.as_bytes(), &Options::default()).text
}

#[test]
fn the_next_story_is_left_out() {
    let (own, other) = (paragraphs(&STORY), paragraphs(&OTHER));
    for (open, close) in [
        ("<article class=story>", "</article>"),
        ("<article data-url=/1><div class=body>", "</div></article>"),
        (
            "<div class='story s1'><p class=byline>By Ada Holm</p>",
            "</div>",
        ),
    ] {
        let headed = |title: &str, body: &str| {
            let (outer, inner) = open.split_at(open.find('>').map_or(0, |at| at + 1));
            format!("{outer}<h1>{title}</h1>{inner}{body}{close}")
        };
        let main = format!(
            "{}{}",
            headed("The last tram", &own),
            headed("A letter in the oven", &other)
        );

        assert_eq!(
            text(&main).replace("By Ada Holm\n\n", ""),
            STORY.join("\n\n"),
            "{open}"
        );
    }
}

#[test]
fn sections_and_parts_of_one_story_stay() {
    let sections = STORY
        .iter()
        .enumerate()
        .map(|(nth, text)| {
            format!("<article><h2>Stop {nth}</h2><p class=who>By Ada Holm</p><p>{text} {text}</p></article>")
        })
        .collect::<Vec<_>>()
        .concat();

    let found = text(&format!(
        "<h1>The last tram</h1><p>{}</p>{sections}",
        OTHER[0]
    ));

    for part in STORY {
        assert!(found.contains(part), "{found}");
    }
}

#[test]
fn a_second_copy_for_another_screen_is_left_out_and_a_refrain_stays() {
    let own = paragraphs(&STORY);
    let main = format!(
        "<article><h1>The last tram</h1><div class=wide>{own}</div><div class=narrow>{own}</div></article>"
    );
    assert_eq!(text(&main), STORY.join("\n\n"));

    let refrain = "Ring the bell and pull the cord, Annie, pull the cord,<br>for the last tram leaves the depot with \
        the mayor still on board,<br>and who walks home at midnight has the river for his road.";
    let verse = |text: &str| format!("<p>{text}</p><p>{refrain}</p>");
    let song = STORY[..3]
        .iter()
        .map(|text| verse(text))
        .collect::<Vec<_>>()
        .concat();
    let found = text(&format!(
        "<article><h1>The last tram</h1><div>{song}</div></article>"
    ));
    assert_eq!(found.matches("Ring the bell").count(), 3, "{found}");
}

#[test]
fn replies_of_readers_are_left_out_named_or_not() {
    let says = [
        "My father drove it for thirty years and would have wept, and then complained about the band being out of tune.",
        "Eleven minutes less, and how many more to walk to the stop? Nobody at the operator lives on our hill.",
        "The brewer should get it. We have four schools and not one decent beer between the station and the river.",
        "I still have a broomstick from that winter. If the museum wants it, they know where to find me.",
    ];
    let own = paragraphs(&STORY);
    for (heading, open, close) in [
        (
            "<h3>4 replies</h3>",
            "<div><b>{n}</b> <i>{d}</i><div>",
            "</div><a href=#r>Reply</a></div>",
        ),
        (
            "<h3>4 Kommentare</h3>",
            "<div><b>{n}</b> <i>{d}</i><p>",
            "</p><a href=#r>Antworten</a></div>",
        ),
        (
            "<h2>Comments</h2>",
            "<li class=comment><a class=author>{n}</a><time>{d}</time><p>",
            "</p></li>",
        ),
    ] {
        let replies = says
            .iter()
            .enumerate()
            .map(|(nth, said)| {
                let open = open
                    .replace("{n}", &format!("rider{nth}"))
                    .replace("{d}", "3 May 2024, 10:15");
                format!("{open}{said}{close}")
            })
            .collect::<Vec<_>>()
            .concat();
        let main = format!(
            "<div><h1>The last tram</h1><div>{own}</div></div><div>{heading}{replies}</div>"
        );

        assert_eq!(text(&main), STORY.join("\n\n"), "{heading}");
    }
}

#[test]
fn who_wrote_it_is_left_out_at_the_end() {
    let main = format!(
        "<article><h1>The last tram</h1><div class=body>{}</div><div class=author-bio><p>Ada Holm reports on trams, \
         ferries and other slow things. She lives above the depot.</p></div></article>",
        paragraphs(&STORY)
    );

    assert_eq!(text(&main), STORY.join("\n\n"));
}

const NOT_FREE: &str = "<script type=application/ld+json>{\"@type\":\"NewsArticle\",\"headline\":\"The last tram\",\
    \"isAccessibleForFree\":false}</script>";

fn read(main: &str) -> extract::Extracted {
    let page = format!("<!doctype html><title>The last tram</title>{NOT_FREE}<main>{main}</main>");
    extract(page.as_bytes(), &Options::default())
}

#[test]
fn a_beginning_before_a_wall_is_kept_and_marked() {
    let own = paragraphs(&STORY[..2]);
    for wall in [
        "<div class=offer-promo><h2>Subscribe to continue reading</h2></div>",
        "<div id=regwall><p>Join us</p></div>",
        "<div class=abo><h3>Jetzt weiterlesen</h3></div>",
    ] {
        let found = read(&format!(
            "<article><h1>The last tram</h1>{own}</article>{wall}"
        ));

        assert_eq!(found.text, STORY[..2].join("\n\n"), "{wall}");
        assert!(found.why.suspects.contains(&Suspect::Teaser), "{wall}");
    }
}

#[test]
fn a_short_article_that_is_all_there_is_whole_whatever_it_declares() {
    let found = read(&format!(
        "<article><h1>The last tram</h1>{}</article>",
        paragraphs(&STORY[..2])
    ));

    assert_eq!(found.text, STORY[..2].join("\n\n"));
    assert!(!found.why.suspects.contains(&Suspect::Teaser));
    assert!(found.why.suspects.contains(&Suspect::Paywall));
}
