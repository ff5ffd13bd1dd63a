//! Front pages of blogs that show whole posts.

use super::furniture::{Head, page};
use super::lists::Shape;
use super::posts::{Post, Site};

pub(crate) const SHAPES: [Shape; 5] = [
    Shape {
        name: "wordpress front page",
        path: "/",
        write: wordpress,
    },
    Shape {
        name: "older wordpress posts",
        path: "/page/2/",
        write: wordpress,
    },
    Shape {
        name: "hosted blog",
        path: "/",
        write: hosted,
    },
    Shape {
        name: "plain blog",
        path: "/blog",
        write: plain,
    },
    Shape {
        name: "handwritten diary",
        path: "/blog.html",
        write: handwritten,
    },
];

fn each(site: &Site, posts: &[Post], write: impl Fn(usize, &Post, &str) -> String) -> String {
    let dated = posts.iter().zip(site.dates).enumerate();
    dated
        .map(|(at, (post, date))| write(at, post, date))
        .collect()
}

fn text(post: &Post) -> String {
    let Post {
        teaser,
        paragraphs: [first, second],
        ..
    } = post;
    format!("<p>{teaser}</p><p>{first}</p><p>{second}</p>")
}

fn wordpress(site: &Site, posts: &[Post]) -> String {
    let author = site.author;
    let items = each(site, posts, |at, post, date| {
        let Post { title, slug, .. } = post;
        format!(
            "<article id=post-{at}12 class='post-{at}12 post type-post status-publish format-standard hentry category-local'>\
             <header class=entry-header><h2 class=entry-title><a href='https://site.example/2024/05/{slug}/' rel=bookmark>{title}</a></h2>\
             <div class=entry-meta><span class=posted-on><a href='https://site.example/2024/05/{slug}/'><time class='entry-date published' datetime=2024-05-1{at}>{date}</time></a></span> \
             <span class=byline><a class=url href=/author/a>{author}</a></span></div></header><div class=entry-content>{}</div>\
             <footer class=entry-footer><span class=cat-links><a href=/category/local rel=category>Local</a></span> <span class=comments-link><a href='https://site.example/2024/05/{slug}/#comments'>3 Comments</a></span></footer></article>",
            text(post)
        )
    });
    let recent = each(site, posts, |_, Post { title, slug, .. }, _| {
        format!("<li><a href='https://site.example/2024/05/{slug}/'>{title}</a></li>")
    });
    page(
        site,
        &Head {
            title: site.name,
            meta: "<meta property=og:type content=website>",
            body_class: "home blog wp-embed-responsive",
        },
        &format!(
            "<div id=content class=site-content><main id=main class=site-main>{items}<nav class='navigation pagination'><div class=nav-links><span class='page-numbers current'>1</span>\
             <a class=page-numbers href='https://site.example/page/2/'>2</a></div></nav></main><aside class=widget-area><section class='widget widget_recent_entries'><h2>Recent Posts</h2><ul>{recent}</ul></section></aside></div>"
        ),
    )
}

fn hosted(site: &Site, posts: &[Post]) -> String {
    let items = each(site, posts, |at, post, date| {
        let Post {
            title,
            slug,
            teaser,
            paragraphs: [first, second],
        } = post;
        format!(
            "<div class=date-outer><h2 class=date-header><span>{date}</span></h2><div class=date-posts><div class=post-outer><div class='post hentry uncustomized-post-template'>\
             <h3 class='post-title entry-title'><a href='https://site.example/2024/05/{slug}.html'>{title}</a></h3><div class='post-body entry-content' id=post-body-{at}93>{teaser}<br><br>{first}<br><br>{second}</div>\
             <div class=post-footer><div class=post-footer-line>{} <a class=timestamp-link href='https://site.example/2024/05/{slug}.html'><abbr class=published>08:30</abbr></a></div></div></div></div></div></div>",
            site.author
        )
    });
    page(
        site,
        &Head {
            title: site.name,
            meta: "<link rel=canonical href='https://site.example/'>",
            ..Head::default()
        },
        &format!(
            "<div class=main-outer><div class='widget Blog' id=Blog1><div class='blog-posts hfeed'>{items}</div><div class=blog-pager><a href='https://site.example/search?updated-max=2024'>Older posts</a></div></div></div>"
        ),
    )
}

fn plain(site: &Site, posts: &[Post]) -> String {
    let items = each(site, posts, |at, post, date| {
        let Post { title, slug, .. } = post;
        format!(
            "<section class=post><h2><a href='/blog/{slug}'>{title}</a></h2><p class=meta><time datetime=2024-05-1{at}>{date}</time></p>{}</section>",
            text(post)
        )
    });
    page(
        site,
        &Head {
            title: "Blog",
            ..Head::default()
        },
        &format!("<main><h1>Blog</h1>{items}<p><a href='/blog?page=2' rel=next>2</a></p></main>"),
    )
}

fn handwritten(site: &Site, posts: &[Post]) -> String {
    let items = each(site, posts, |_, post, date| {
        let Post { title, slug, .. } = post;
        format!(
            "<h3><a name={slug}></a><a href='blog/{slug}.html'>{title}</a></h3>\n<p><i>{date}</i></p>\n{}\n<hr>\n",
            text(post)
        )
    });
    page(
        site,
        &Head {
            title: site.name,
            ..Head::default()
        },
        &format!("<div id=content>{items}</div>"),
    )
}
