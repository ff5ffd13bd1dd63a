//! Lists of teasers without the names of a content management system.

use super::furniture::{Head, page};
use super::lists::each;
use super::posts::{Post, Site};

pub(super) fn strong_links(site: &Site, posts: &[Post]) -> String {
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
         _| {
            format!("<p><strong><a href='{slug}.html'>{title}</a></strong></p>\n<p>{teaser}</p>\n")
        },
    );
    page(
        site,
        &Head {
            title: site.section,
            ..Head::default()
        },
        &format!("<div id=content><h1>{}</h1>{items}</div>", site.section),
    )
}

pub(super) fn divisions(site: &Site, posts: &[Post]) -> String {
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
                "<div class=row><div class=d>{date}</div><div class=t><a href='/news/{slug}'>{title}</a></div><div>{teaser}</div></div>"
            )
        },
    );
    page(
        site,
        &Head {
            title: site.section,
            ..Head::default()
        },
        &format!("<div id=wrap>{items}</div>"),
    )
}

pub(super) fn table(site: &Site, posts: &[Post]) -> String {
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
                "<a href='{slug}.htm'><b>{title}</b></a><br>\n{teaser}<br><font size=1>{date}</font><br><br>\n"
            )
        },
    );
    page(
        site,
        &Head {
            title: site.section,
            ..Head::default()
        },
        &format!(
            "<table width=100%><tr><td width=150><a href=/a.htm>Home</a><br><a href=/b.htm>Links</a></td><td valign=top><font size=4>{}</font><br><br>{items}</td></tr></table>",
            site.section
        ),
    )
}

pub(super) fn definitions(site: &Site, posts: &[Post]) -> String {
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
         _| { format!("<dt><a href='/text/{slug}'>{title}</a></dt><dd>{teaser}</dd>") },
    );
    page(
        site,
        &Head {
            title: site.section,
            ..Head::default()
        },
        &format!("<main><h1>{}</h1><dl>{items}</dl></main>", site.section),
    )
}

pub(super) fn more_links(site: &Site, posts: &[Post]) -> String {
    let more = site.more;
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
         _| {
            format!(
                "<div class=item><h3>{title}</h3><p>{teaser} <a href='/magazine/{slug}'>{more}</a></p></div>"
            )
        },
    );
    page(
        site,
        &Head {
            title: site.section,
            ..Head::default()
        },
        &format!("<main><h1>{}</h1>{items}</main>", site.section),
    )
}

pub(super) fn cards(site: &Site, posts: &[Post]) -> String {
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
                "<a class=card href=/stories/{slug}><img src=/{at}.webp alt=''><h3>{title}</h3><p>{teaser}</p></a>"
            )
        },
    );
    page(
        site,
        &Head {
            title: site.section,
            meta: "<meta property=og:type content=website>",
            ..Head::default()
        },
        &format!(
            "<main><section class=grid><h2>{}</h2>{items}</section></main>",
            site.section
        ),
    )
}
