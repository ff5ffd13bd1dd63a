//! What stands around everything on a site.

use super::posts::Site;

/// What a page says of itself before its body.
#[derive(Default)]
pub(crate) struct Head {
    pub(crate) title: &'static str,
    pub(crate) meta: &'static str,
    pub(crate) body_class: &'static str,
}

pub(crate) fn page(site: &Site, head: &Head, body: &str) -> String {
    let Head {
        title,
        meta,
        body_class,
    } = head;
    let Site {
        language,
        name,
        section,
        ..
    } = site;
    format!(
        "<!DOCTYPE html><html lang={language}><head><meta charset=utf-8><title>{title} | {name}</title>\
         <meta property=og:site_name content='{name}'>{meta}</head><body class='{body_class}'>\
         <header class=site-header><a class=logo href=/>{name}</a><nav><ul><li><a href=/local>{section}</a>\
         <li><a href=/sport>Sport</a><li><a href=/kultur>Kultur</a><li><a href=/about>About</a></ul></nav></header>\
         {body}<footer class=site-footer><p>© 2024 {name}</p><ul><li><a href=/terms>Terms</a>\
         <li><a href=/privacy>Privacy</a></ul></footer></body></html>"
    )
}
