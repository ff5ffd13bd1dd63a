//! Articles with the teasers of others beside them.

use super::articles::{of_all, text};
use super::furniture::{Head, page};
use super::posts::{Post, Site};

/// Cards of all posts but the first.
fn cards(site: &Site) -> String {
    of_all(
        site,
        |at,
         Post {
             title,
             teaser,
             slug,
             ..
         }| {
            if at == 0 {
                return String::new();
            }
            format!(
                "<article class=card><h3><a href='/2024/05/{slug}'>{title}</a></h3><p>{teaser}</p><a href='/2024/05/{slug}'>{}</a></article>",
                site.more
            )
        },
    )
}

fn main_text(site: &Site) -> String {
    let post = &site.posts[0];
    format!(
        "<h1>{}</h1><p class=meta>{} · <time datetime=2024-05-17>{}</time></p><p><b>{}</b></p>{}",
        post.title,
        site.author,
        site.dates[0],
        post.teaser,
        text(post)
    )
}

fn titled(site: &Site) -> Head {
    Head {
        title: site.posts[0].title,
        ..Head::default()
    }
}

pub(super) fn teasers_behind(site: &Site) -> String {
    page(
        site,
        &titled(site),
        &format!(
            "<main><article>{}</article><section class=more>{}</section></main>",
            main_text(site),
            cards(site)
        ),
    )
}

pub(super) fn teasers_before(site: &Site) -> String {
    page(
        site,
        &titled(site),
        &format!(
            "<div class=columns><div class=left>{}</div><div class=middle>{}</div></div>",
            cards(site),
            main_text(site)
        ),
    )
}

pub(super) fn permalink(site: &Site) -> String {
    let post = &site.posts[0];
    let body = format!(
        "<div id=content><div class=post><h2 class=entry-title><a href='https://site.example/2024/05/{}/'>{}</a></h2><small>{}</small><div class=entry>{}</div></div>\
         <div class=navigation><a href='/2024/05/{}/' rel=prev>« {}</a></div></div>",
        post.slug,
        post.title,
        site.dates[0],
        text(post),
        site.posts[1].slug,
        site.posts[1].title
    );
    page(
        site,
        &Head {
            meta: "<meta property=og:type content=blog>",
            ..titled(site)
        },
        &body,
    )
}

pub(super) fn next_articles(site: &Site) -> String {
    let items = of_all(site, |at, post| {
        if at > 2 {
            return String::new();
        }
        format!(
            "<article class=story><h2 class=headline><a href='/2024/05/{}'>{}</a></h2><time>{}</time>{}</article>",
            post.slug,
            post.title,
            site.dates[at],
            text(post)
        )
    });
    page(site, &titled(site), &format!("<main>{items}</main>"))
}

pub(super) fn tiles_between(site: &Site) -> String {
    let post = &site.posts[0];
    let tiles = of_all(site, |at, Post { title, slug, .. }| {
        if at == 0 {
            String::new()
        } else {
            format!("<div class=tile><a href='/2024/05/{slug}'>{title}</a></div>")
        }
    });
    let [first, second] = post.paragraphs;
    page(
        site,
        &titled(site),
        &format!(
            "<main><h1>{}</h1><p>{}</p><p>{first}</p><div class=tiles>{tiles}</div><p>{second}</p></main>",
            post.title, post.teaser
        ),
    )
}
