//! Lists of teasers as content management systems and people make them.

use super::furniture::{Head, page};
use super::plain_lists::{cards, definitions, divisions, more_links, strong_links, table};
use super::posts::{Post, Site};

/// A kind of list: its name, its address, and how it is written.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    pub(crate) write: fn(&Site, &[Post]) -> String,
}

pub(crate) const SHAPES: [Shape; 12] = [
    Shape {
        name: "wordpress category",
        path: "/category/local/",
        write: wordpress_category,
    },
    Shape {
        name: "ghost front page",
        path: "/",
        write: ghost,
    },
    Shape {
        name: "drupal view",
        path: "/local",
        write: drupal,
    },
    Shape {
        name: "typo3 news list",
        path: "/aktuelles",
        write: typo3,
    },
    Shape {
        name: "jekyll posts",
        path: "/",
        write: jekyll,
    },
    Shape {
        name: "cards",
        path: "/stories",
        write: cards,
    },
    Shape {
        name: "strong links",
        path: "/texts.html",
        write: strong_links,
    },
    Shape {
        name: "plain divisions",
        path: "/news",
        write: divisions,
    },
    Shape {
        name: "table layout",
        path: "/news.htm",
        write: table,
    },
    Shape {
        name: "definition list",
        path: "/archive",
        write: definitions,
    },
    Shape {
        name: "headings with a link behind",
        path: "/magazine",
        write: more_links,
    },
    Shape {
        name: "diary archive",
        path: "/archive/2024/05",
        write: diary,
    },
];

pub(super) fn each(
    site: &Site,
    posts: &[Post],
    write: impl Fn(usize, &Post, &str) -> String,
) -> String {
    posts
        .iter()
        .zip(site.dates)
        .enumerate()
        .map(|(at, (post, date))| write(at, post, date))
        .collect()
}

fn wordpress_category(site: &Site, posts: &[Post]) -> String {
    let Site {
        section,
        more,
        author,
        ..
    } = site;
    let items = each(
        site,
        posts,
        |at,
         Post {
             title,
             teaser,
             slug,
             ..
         },
         date| {
            format!(
                "<article id=post-{at} class='post-{at} post type-post status-publish hentry category-local'>\
             <header class=entry-header><h2 class=entry-title><a href='https://site.example/2024/05/{slug}/' rel=bookmark>{title}</a></h2>\
             <div class=entry-meta><time class=entry-date datetime=2024-05-1{at}>{date}</time> <span class=byline>{author}</span></div></header>\
             <div class=entry-summary><p>{teaser} […]</p><p><a class=more-link href='https://site.example/2024/05/{slug}/'>{more}</a></p></div></article>"
            )
        },
    );
    page(
        site,
        &Head {
            title: section,
            body_class: "archive category category-local",
            ..Head::default()
        },
        &format!(
            "<main id=main><header class=page-header><h1 class=page-title>{section}</h1></header>{items}</main>"
        ),
    )
}

fn ghost(site: &Site, posts: &[Post]) -> String {
    let Site { name, author, .. } = site;
    let items = each(
        site,
        posts,
        |at,
         Post {
             title,
             teaser,
             slug,
             ..
         },
         date| {
            format!(
                "<article class='post-card post'><a class=post-card-image-link href=/{slug}/><img class=post-card-image src=/i/{at}.jpg alt=''></a>\
             <div class=post-card-content><a class=post-card-content-link href=/{slug}/><header class=post-card-header><h2 class=post-card-title>{title}</h2></header>\
             <section class=post-card-excerpt><p>{teaser}</p></section></a><footer class=post-card-meta><span>{author}</span> \
             <time class=post-card-meta-date datetime=2024-05-1{at}>{date}</time> <span>3 min</span></footer></div></article>"
            )
        },
    );
    let head = Head {
        title: name,
        meta: "<meta property=og:type content=website><script type=application/ld+json>{\"@type\":\"WebSite\",\"name\":\"x\"}</script>",
        body_class: "home-template",
    };
    page(
        site,
        &head,
        &format!("<main class='site-main outer'><div class=post-feed>{items}</div></main>"),
    )
}

fn drupal(site: &Site, posts: &[Post]) -> String {
    let Site { section, more, .. } = site;
    let items = each(
        site,
        posts,
        |at,
         Post {
             title,
             teaser,
             slug,
             ..
         },
         _| {
            format!(
                "<div class=views-row><article role=article class='node node--type-article node--view-mode-teaser clearfix'><h2 class=node__title><a href=/node/{at}7/{slug} rel=bookmark><span class=field--name-title>{title}</span></a></h2>\
             <div class=node__content><div class='field field--name-body field--type-text-with-summary'><p>{teaser}</p></div>\
             <div class=node__links><ul class='links inline'><li class=node-readmore><a href=/node/{at}7/{slug} hreflang=en>{more}<span class=visually-hidden> {title}</span></a></li></ul></div></div></article></div>"
            )
        },
    );
    page(
        site,
        &Head {
            title: section,
            ..Head::default()
        },
        &format!(
            "<main><h1 class=page-title>{section}</h1><div class='views-element-container'><div class=view-content>{items}</div></div></main>"
        ),
    )
}

fn typo3(site: &Site, posts: &[Post]) -> String {
    let Site { section, more, .. } = site;
    let items = each(
        site,
        posts,
        |at,
         Post {
             title,
             teaser,
             slug,
             ..
         },
         date| {
            format!(
                "<div class='article articletype-0' itemscope itemtype='http://schema.org/Article'><div class=header><h3><a title='{title}' href='/aktuelles/detail/{slug}'><span itemprop=headline>{title}</span></a></h3></div>\
             <div class=teaser-text><div itemprop=description><p>{teaser}</p></div><a class=more href='/aktuelles/detail/{slug}'>{more}</a></div>\
             <div class=footer><p><span class=news-list-date><time itemprop=datePublished datetime=2024-05-1{at}>{date}</time></span></p></div></div>"
            )
        },
    );
    page(
        site,
        &Head {
            title: section,
            ..Head::default()
        },
        &format!(
            "<div class=main><div class=frame><header><h1>{section}</h1></header><div class=news><div class=news-list-view>{items}</div></div></div></div>"
        ),
    )
}

fn jekyll(site: &Site, posts: &[Post]) -> String {
    let items = each(
        site,
        posts,
        |_,
         Post {
             title,
             teaser,
             slug,
             ..
         },
         date| {
            format!(
                "<li><span class=post-meta>{date}</span><h3><a class=post-link href=/2024/{slug}.html>{title}</a></h3><p>{teaser}</p></li>"
            )
        },
    );
    page(
        site,
        &Head {
            title: site.name,
            meta: "<link rel=canonical href='https://site.example/'>",
            ..Head::default()
        },
        &format!(
            "<main class=page-content><div class=home><h2 class=post-list-heading>Posts</h2><ul class=post-list>{items}</ul></div></main>"
        ),
    )
}

fn diary(site: &Site, posts: &[Post]) -> String {
    let items = each(
        site,
        posts,
        |at,
         Post {
             title,
             teaser,
             slug,
             ..
         },
         date| {
            format!(
                "<section class=archive-entry><div class=archive-entry-header><div class=archive-date><a href='/archive/2024/05/1{at}'><time>{date}</time></a></div>\
             <h1 class=entry-title><a class=entry-title-link href='/entry/{slug}'>{title}</a></h1></div><div class=archive-entry-body><p class=entry-description>{teaser}</p></div></section>"
            )
        },
    );
    page(
        site,
        &Head {
            title: site.name,
            body_class: "page-archive",
            ..Head::default()
        },
        &format!(
            "<div id=main-inner><h2 class=archive-heading>2024-05</h2><div class=archive-entries>{items}</div></div>"
        ),
    )
}
