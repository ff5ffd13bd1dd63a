//! Pages that look like lists at first sight and are articles.

use super::articles_beside::{
    next_articles, permalink, teasers_before, teasers_behind, tiles_between,
};
use super::furniture::{Head, page};
use super::posts::{Post, Site};

/// A page with one text: its name, its address, how it is written, and whether all posts are in
/// its text or the first alone.
pub(crate) struct Page {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    pub(crate) whole: bool,
    pub(crate) write: fn(&Site) -> String,
}

pub(crate) const PAGES: [Page; 14] = [
    Page {
        name: "teasers behind",
        path: "/2024/05/old-footbridge-rebuilt",
        whole: false,
        write: teasers_behind,
    },
    Page {
        name: "teasers in a column before",
        path: "/2024/05/old-footbridge-rebuilt",
        whole: false,
        write: teasers_before,
    },
    Page {
        name: "a heading that links to itself",
        path: "/2024/05/old-footbridge-rebuilt/",
        whole: false,
        write: permalink,
    },
    Page {
        name: "the next articles behind",
        path: "/2024/05/old-footbridge-rebuilt",
        whole: false,
        write: next_articles,
    },
    Page {
        name: "a liveblog",
        path: "/live/council-tonight",
        whole: true,
        write: liveblog,
    },
    Page {
        name: "a listicle",
        path: "/lists/five-reasons",
        whole: true,
        write: listicle,
    },
    Page {
        name: "a listicle with links",
        path: "/lists/five-places-to-see-this-week",
        whole: true,
        write: linked_listicle,
    },
    Page {
        name: "questions and answers",
        path: "/help/questions",
        whole: true,
        write: questions,
    },
    Page {
        name: "a newsletter of other sites",
        path: "/letters/41",
        whole: true,
        write: letter_of_others,
    },
    Page {
        name: "a newsletter of its own site",
        path: "/letters/42",
        whole: true,
        write: letter_of_own,
    },
    Page {
        name: "anchors in headings",
        path: "/guide",
        whole: true,
        write: anchors,
    },
    Page {
        name: "chapters that link to each other",
        path: "/series/the-year-on-the-river",
        whole: true,
        write: chapters,
    },
    Page {
        name: "a review of the year",
        path: "/2024/12/the-year-in-the-valley.html",
        whole: true,
        write: review,
    },
    Page {
        name: "tiles between paragraphs",
        path: "/2024/05/old-footbridge-rebuilt",
        whole: false,
        write: tiles_between,
    },
];

pub(super) fn text(post: &Post) -> String {
    let [first, second] = post.paragraphs;
    format!("<p>{first}</p><p>{second}</p>")
}

pub(super) fn of_all(site: &Site, write: impl Fn(usize, &Post) -> String) -> String {
    let posts = site.posts.iter().enumerate();
    posts.map(|(at, post)| write(at, post)).collect()
}

fn liveblog(site: &Site) -> String {
    let items = of_all(site, |at, post| {
        format!(
            "<div class=update id=u{at}><a class=time href='#u{at}'><time>2{at}:15</time></a><h3><a href='#u{at}'>{}</a></h3>{}</div>",
            post.title,
            text(post)
        )
    });
    page(
        site,
        &Head {
            title: "Live",
            ..Head::default()
        },
        &format!("<main><h1>Live</h1><div class=updates>{items}</div></main>"),
    )
}

fn listicle(site: &Site) -> String {
    let items = of_all(site, |at, post| {
        format!(
            "<h2>{}. {}</h2><img src=/{at}.jpg>{}",
            at + 1,
            post.title,
            text(post)
        )
    });
    page(
        site,
        &Head {
            title: "Five reasons",
            ..Head::default()
        },
        &format!("<article><h1>Five reasons</h1>{items}</article>"),
    )
}

fn linked_listicle(site: &Site) -> String {
    let items = of_all(site, |at, post| {
        format!(
            "<h2>{}. <a href='/places/{}'>{}</a></h2><img src=/{at}.jpg>{}",
            at + 1,
            post.slug,
            post.title,
            text(post)
        )
    });
    let head = Head {
        title: "Five places",
        meta: "<meta property=og:type content=article><meta property=article:published_time content=2024-05-17>",
        ..Head::default()
    };
    page(
        site,
        &head,
        &format!(
            "<article><h1>Five places</h1><p>{}</p>{items}</article>",
            site.posts[0].teaser
        ),
    )
}

fn questions(site: &Site) -> String {
    let items = of_all(site, |at, post| {
        format!(
            "<dt id=q{at}><a href='#q{at}'>{}</a></dt><dd>{}</dd>",
            post.title,
            text(post)
        )
    });
    page(
        site,
        &Head {
            title: "Questions",
            ..Head::default()
        },
        &format!("<main><h1>Questions</h1><dl>{items}</dl></main>"),
    )
}

fn letter_of_others(site: &Site) -> String {
    let items = of_all(site, |at, post| {
        format!(
            "<h3><a href='https://paper{at}.example/{}'>{}</a></h3>{}",
            post.slug,
            post.title,
            text(post)
        )
    });
    page(
        site,
        &Head {
            title: "Letter 41",
            ..Head::default()
        },
        &format!("<main><h1>Letter 41</h1>{items}</main>"),
    )
}

fn letter_of_own(site: &Site) -> String {
    let items = of_all(site, |_, post| {
        format!(
            "<h3><a href='/stories/{}'>{}</a></h3>{}",
            post.slug,
            post.title,
            text(post)
        )
    });
    let post = &site.posts[0];
    let intro = format!(
        "<p class=byline>{} · <time datetime=2024-05-18>18. 5. 2024</time></p><p>{}</p><p>{} {}</p>",
        site.author, post.teaser, site.posts[1].teaser, site.posts[2].teaser
    );
    page(
        site,
        &Head {
            title: "Letter 42",
            ..Head::default()
        },
        &format!("<main><h1>Letter 42</h1>{intro}{items}</main>"),
    )
}

fn anchors(site: &Site) -> String {
    let items = of_all(site, |_, post| {
        format!(
            "<h2 id={0}><a class=anchor href='/guide#{0}'>{1}</a></h2>{2}",
            post.slug,
            post.title,
            text(post)
        )
    });
    page(
        site,
        &Head {
            title: "Guide",
            ..Head::default()
        },
        &format!("<main><h1>Guide</h1>{items}</main>"),
    )
}

fn chapters(site: &Site) -> String {
    let items = of_all(site, |at, post| {
        format!(
            "<h2>{}</h2>{}<p class=note><a href='/series/part-{at}'>{}</a></p>",
            post.title,
            text(post),
            site.more
        )
    });
    page(
        site,
        &Head {
            title: "The year on the river",
            ..Head::default()
        },
        &format!("<article><h1>The year on the river</h1>{items}</article>"),
    )
}

fn review(site: &Site) -> String {
    let items = of_all(site, |_, post| {
        let [first, second] = post.paragraphs;
        format!(
            "<h2>{}</h2><p>{first} <a href='/2024/05/{}'>{}</a></p><p>{second}</p>",
            post.title, post.slug, site.more
        )
    });
    let head = Head {
        title: "The year in the valley",
        meta: "<meta property=og:type content=article>",
        ..Head::default()
    };
    page(
        site,
        &head,
        &format!("<article><h1>The year in the valley</h1>{items}</article>"),
    )
}
