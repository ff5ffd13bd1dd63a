//! Short lists and the front pages of blogs come out empty as index pages; pages that only look
//! like them keep their text. Each kind is written in three languages and several lengths.

mod index_pages {
    pub(crate) mod articles;
    pub(crate) mod articles_beside;
    pub(crate) mod fronts;
    pub(crate) mod furniture;
    pub(crate) mod lists;
    pub(crate) mod plain_lists;
    pub(crate) mod posts;
}

use extract::{EmptyReason, Extracted, Options, extract};
use index_pages::lists::Shape;
use index_pages::posts::SITES;
use index_pages::{articles, fronts, lists};

fn read(page: &str, path: Option<&str>) -> Extracted {
    let url = path.map(|path| format!("https://site.example{path}"));
    let options = Options {
        url: url.as_deref(),
        ..Options::default()
    };
    extract(page.as_bytes(), &options)
}

/// How many pages were tried, and those that did not come out as index pages.
fn taken_for_articles(
    shapes: &[Shape],
    counts: &[usize],
    with_address: bool,
) -> (usize, Vec<String>) {
    let (mut tried, mut wrong) = (0, Vec::new());
    for shape in shapes {
        for site in &SITES {
            for count in counts {
                let page = (shape.write)(site, &site.posts[..*count]);

                let found = read(&page, with_address.then_some(shape.path));

                tried += 1;
                if found.why.empty != Some(EmptyReason::IndexPage) {
                    let (name, language) = (shape.name, site.language);
                    wrong.push(format!(
                        "{name}, {language}, {count}: {:?} {}",
                        found.why.empty,
                        found.text.len()
                    ));
                }
            }
        }
    }
    (tried, wrong)
}

#[test]
fn a_list_of_three_to_five_teasers_is_an_index_page() {
    let (tried, wrong) = taken_for_articles(&lists::SHAPES, &[3, 4, 5], true);

    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(tried, 108);
}

#[test]
fn a_list_of_teasers_is_an_index_page_without_its_address_too() {
    let (tried, wrong) = taken_for_articles(&lists::SHAPES, &[4, 5], false);

    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(tried, 72);
}

#[test]
fn a_front_page_of_whole_posts_is_an_index_page() {
    let (tried, wrong) = taken_for_articles(&fronts::SHAPES, &[3, 4, 5], true);

    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(tried, 45);
}

#[test]
fn a_page_that_looks_like_a_list_and_is_an_article_keeps_its_text() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for page in &articles::PAGES {
        for site in &SITES {
            for path in [Some(page.path), None] {
                let html = (page.write)(site);

                let found = read(&html, path);

                tried += 1;
                let wanted = if page.whole {
                    &site.posts[..]
                } else {
                    &site.posts[..1]
                };
                let lost = wanted
                    .iter()
                    .flat_map(|post| post.paragraphs)
                    .filter(|text| !found.text.contains(text))
                    .count();
                if found.why.empty.is_some() || lost > 0 {
                    wrong.push(format!(
                        "{}, {}, {path:?}: {:?}, {lost} lost",
                        page.name, site.language, found.why.empty
                    ));
                }
            }
        }
    }

    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(tried, 84);
}
