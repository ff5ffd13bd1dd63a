//! The element names this crate tells apart, and the sets the HTML parsing rules speak of.
//! Every other name is [`Tag::Other`], compared by its spelling where that matters.

macro_rules! tags {
    ($($variant:ident $name:literal),* $(,)?) => {
        /// An element name, or one of the three kinds of node that are no known element.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Tag { Text, Document, Other, $($variant),* }

        impl Tag {
            /// The tag of a lower-case name.
            pub(super) fn of_lower(name: &[u8]) -> Tag {
                $(const $variant: &[u8] = $name.as_bytes();)*
                match name { $($variant => Tag::$variant,)* _ => Tag::Other }
            }

            /// The element's name; empty for nodes that are no known element.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Tag::$variant => $name,)* Tag::Text | Tag::Document | Tag::Other => "" }
            }
        }
    };
}

#[expect(
    non_upper_case_globals,
    reason = "the macro names one constant per variant to match on"
)]
mod names {
    tags! {
        A "a", Abbr "abbr", Address "address", Applet "applet", Area "area", Article "article",
        Aside "aside", Audio "audio", B "b", Base "base", Bdo "bdo", Big "big",
        Blockquote "blockquote", Body "body", Br "br", Button "button", Canvas "canvas",
        Caption "caption", Center "center", Cite "cite", Code "code", Col "col",
        Colgroup "colgroup", Data "data", Datalist "datalist", Dd "dd", Del "del",
        Desc "desc", Details "details", Dfn "dfn", Dialog "dialog", Dir "dir", Div "div", Dl "dl",
        Dt "dt", Em "em", Embed "embed", Fieldset "fieldset", Figcaption "figcaption",
        Figure "figure", Font "font", Footer "footer", ForeignObject "foreignobject", Form "form",
        Frame "frame", Frameset "frameset", H1 "h1", H2 "h2", H3 "h3", H4 "h4", H5 "h5", H6 "h6",
        Head "head", Header "header", Hgroup "hgroup", Hr "hr", Html "html", I "i",
        Iframe "iframe", Img "img", Input "input", Ins "ins", Kbd "kbd", Label "label",
        Legend "legend", Li "li", Link "link", Listing "listing", Main "main", Map "map",
        Mark "mark", Marquee "marquee", Math "math", Menu "menu", Meta "meta", Nav "nav",
        Nobr "nobr", Noembed "noembed", Noframes "noframes", Noscript "noscript",
        Object "object", Ol "ol", Optgroup "optgroup", Option "option", Output "output", P "p",
        Param "param", Picture "picture", Plaintext "plaintext", Pre "pre", Q "q", Rp "rp",
        Rt "rt", Ruby "ruby", S "s", Samp "samp", Script "script", Search "search",
        Section "section", Select "select", Small "small", Source "source", Span "span",
        Strike "strike", Strong "strong", Style "style", Sub "sub", Summary "summary", Sup "sup",
        Svg "svg", Table "table", Tbody "tbody", Td "td", Template "template",
        Textarea "textarea", Tfoot "tfoot", Th "th", Thead "thead", Time "time", Title "title",
        Tr "tr", Track "track", Tt "tt", U "u", Ul "ul", Var "var", Video "video", Wbr "wbr",
        Xmp "xmp", Rb "rb", Rtc "rtc", Annotation "annotation",
        // A shadow root that the page declares; no page can write this name.
        ShadowRoot "#shadow-root",
    }
}
pub(crate) use names::Tag;

/// How many tags there are; sizes the tables indexed by tag.
pub(crate) const TAGS: usize = Tag::ShadowRoot as usize + 1;

/// Longest known name.
const NAME_MAX: usize = 13;

impl Tag {
    /// The tag of a name in any case.
    pub(crate) fn of(name: &[u8]) -> Tag {
        let mut lower = [0_u8; NAME_MAX];
        match lower.get_mut(..name.len()) {
            Some(buffer) => {
                buffer.copy_from_slice(name);
                buffer.make_ascii_lowercase();
                Tag::of_lower(buffer)
            }
            None => Tag::Other,
        }
    }

    /// Elements without content and end tag.
    pub(crate) const fn is_void(self) -> bool {
        matches!(
            self,
            Tag::Area
                | Tag::Base
                | Tag::Br
                | Tag::Col
                | Tag::Embed
                | Tag::Hr
                | Tag::Img
                | Tag::Input
                | Tag::Link
                | Tag::Meta
                | Tag::Param
                | Tag::Source
                | Tag::Track
                | Tag::Wbr
                | Tag::Frame
        )
    }

    /// Elements whose content is raw text up to their own end tag and is never shown.
    pub(crate) const fn is_raw(self) -> bool {
        matches!(
            self,
            Tag::Script
                | Tag::Style
                | Tag::Iframe
                | Tag::Noembed
                | Tag::Noframes
                | Tag::Noscript
                | Tag::Textarea
        )
    }

    /// Elements whose start tag closes an open `<p>`.
    pub(crate) const fn closes_p(self) -> bool {
        matches!(
            self,
            Tag::Address
                | Tag::Article
                | Tag::Aside
                | Tag::Blockquote
                | Tag::Center
                | Tag::Details
                | Tag::Dialog
                | Tag::Dir
                | Tag::Div
                | Tag::Dl
                | Tag::Fieldset
                | Tag::Figcaption
                | Tag::Figure
                | Tag::Footer
                | Tag::Form
                | Tag::Header
                | Tag::Hgroup
                | Tag::Hr
                | Tag::Listing
                | Tag::Main
                | Tag::Menu
                | Tag::Nav
                | Tag::Ol
                | Tag::P
                | Tag::Plaintext
                | Tag::Pre
                | Tag::Search
                | Tag::Section
                | Tag::Summary
                | Tag::Table
                | Tag::Ul
                | Tag::Xmp
        ) || self.is_heading()
    }

    /// `h1` to `h6`.
    pub(crate) const fn is_heading(self) -> bool {
        matches!(
            self,
            Tag::H1 | Tag::H2 | Tag::H3 | Tag::H4 | Tag::H5 | Tag::H6
        )
    }

    /// The formatting elements of the parsing rules.
    pub(crate) const fn is_formatting(self) -> bool {
        matches!(
            self,
            Tag::A
                | Tag::B
                | Tag::Big
                | Tag::Code
                | Tag::Em
                | Tag::Font
                | Tag::I
                | Tag::Nobr
                | Tag::S
                | Tag::Small
                | Tag::Strike
                | Tag::Strong
                | Tag::Tt
                | Tag::U
        )
    }

    /// Elements an unmatched end tag is not looked for behind (the "special" ones).
    pub(crate) const fn is_special(self) -> bool {
        self.closes_p()
            || self.is_table_part()
            || self.stops_scope()
            || matches!(
                self,
                Tag::Document
                    | Tag::Body
                    | Tag::Html
                    | Tag::Head
                    | Tag::Li
                    | Tag::Dd
                    | Tag::Dt
                    | Tag::Button
                    | Tag::Select
                    | Tag::Svg
                    | Tag::Title
            )
    }

    /// Elements that bound every scope.
    pub(crate) const fn stops_scope(self) -> bool {
        matches!(
            self,
            Tag::Document
                | Tag::Applet
                | Tag::Caption
                | Tag::Table
                | Tag::Td
                | Tag::Th
                | Tag::Marquee
                | Tag::Object
                | Tag::Template
                | Tag::ShadowRoot
                | Tag::ForeignObject
        )
    }

    /// The parts a table is made of.
    pub(crate) const fn is_table_part(self) -> bool {
        matches!(
            self,
            Tag::Caption
                | Tag::Colgroup
                | Tag::Tbody
                | Tag::Thead
                | Tag::Tfoot
                | Tag::Tr
                | Tag::Td
                | Tag::Th
        )
    }

    /// Elements that may stand in `<head>`.
    pub(crate) const fn is_head_content(self) -> bool {
        matches!(
            self,
            Tag::Base
                | Tag::Link
                | Tag::Meta
                | Tag::Noscript
                | Tag::Script
                | Tag::Style
                | Tag::Template
                | Tag::Title
        )
    }

    /// HTML elements that break out of `<svg>` and `<math>`.
    pub(crate) const fn breaks_out(self) -> bool {
        self.closes_p()
            || matches!(
                self,
                Tag::B
                    | Tag::Big
                    | Tag::Body
                    | Tag::Br
                    | Tag::Code
                    | Tag::Dd
                    | Tag::Dt
                    | Tag::Em
                    | Tag::Embed
                    | Tag::Head
                    | Tag::I
                    | Tag::Img
                    | Tag::Li
                    | Tag::Nobr
                    | Tag::Ruby
                    | Tag::S
                    | Tag::Small
                    | Tag::Span
                    | Tag::Strong
                    | Tag::Strike
                    | Tag::Sub
                    | Tag::Sup
                    | Tag::Tt
                    | Tag::U
                    | Tag::Var
            )
    }

    /// Elements that stand on lines of their own, so that text before and after is apart.
    pub(crate) const fn is_block(self) -> bool {
        self.closes_p()
            || self.is_table_part()
            || matches!(
                self,
                Tag::Body
                    | Tag::Html
                    | Tag::Li
                    | Tag::Dd
                    | Tag::Dt
                    | Tag::Legend
                    | Tag::Document
                    | Tag::ShadowRoot
                    | Tag::Option
                    | Tag::Optgroup
                    | Tag::Video
                    | Tag::Audio
                    | Tag::Button
                    | Tag::Select
            )
    }

    /// Elements whose content is never part of the visible text.
    pub(crate) const fn is_hidden(self) -> bool {
        matches!(
            self,
            Tag::Head
                | Tag::Title
                | Tag::Template
                | Tag::Svg
                | Tag::Select
                | Tag::Datalist
                | Tag::Option
                | Tag::Optgroup
                | Tag::Canvas
                | Tag::Audio
                | Tag::Video
                | Tag::Object
                | Tag::Applet
                | Tag::Map
                | Tag::Rp
                | Tag::Rt
                | Tag::Rtc
                | Tag::Annotation
                | Tag::Colgroup
        )
    }
}
