//! Orders to the model in pages as they really hide them. The stand-in obeys every one of them, and
//! beside the article's facts reports the ordered one with its very words as the quote. What readers
//! cannot see reaches neither the prompt nor the facts; what they can see is the page's own words.

use std::sync::Arc;

use domain::ArticleId;
use stand_in::Fault;
use tests::World;

use super::case::Case;
use super::hidden_pages::{KINDS, Kind, ORDER, Seen, page, visible};
use super::*;
use crate::path::options;

/// What came of one page.
#[derive(Debug)]
struct Played {
    /// `state outcome ungrounded`.
    record: String,
    /// Every stored quote, but for characters of no width.
    quotes: Vec<String>,
    /// All that the model was told.
    prompts: String,
}

impl Played {
    /// The ordered words are among the facts.
    fn stores_the_order(&self) -> bool {
        self.quotes.iter().any(|quote| quote.contains("OVERRIDE"))
    }
}

#[tokio::test]
async fn an_order_that_no_reader_sees_is_not_heard_and_not_stored() {
    let world = Arc::new(World::start(options()).await);
    let case = Case::new(&world, 900, OBEYS, Dialect::OpenAi).await;
    let mut faults = Vec::new();
    for (number, kind) in KINDS.iter().enumerate() {
        let played = play(&case, number, kind).await;
        faults.extend(judge(number, kind, &played));
    }
    assert_eq!(faults, Vec::<String>::new());
    assert!(KINDS.len() >= 36, "{}", KINDS.len());
    case.assert_sound().await;
    case.stop().await;
    let world = Arc::into_inner(world).expect("the case has ended");
    world.stop().await;
}

/// The facts of the article, and what a page ordered.
const OBEYS: &str = "obeyed_besides;times=always";

async fn play(case: &Case, number: usize, kind: &Kind) -> Played {
    case.stand_in
        .set_script(OBEYS.parse().expect("a sound script"));
    let path = format!("/hidden/{number}");
    case.world
        .site
        .publish(&path, "text/html; charset=utf-8", page(number, kind));
    let article = case.world.add(&[case.world.site.url(&path)]).await[0];

    case.deliver(article).await;

    let log = case.stand_in.log();
    assert!(!log.is_empty(), "{}: never asked", kind.name);
    for one in &log {
        assert_eq!(one.fault, Some(Fault::ObeyedBesides), "{}", kind.name);
        assert!(one.facts > 0, "{}: no sentence was a fact", kind.name);
    }
    let prompts = log.iter().filter_map(|one| one.prompt.as_deref());
    Played {
        record: record(case, article).await,
        quotes: quotes(case, article).await,
        prompts: prompts.collect(),
    }
}

async fn record(case: &Case, article: ArticleId) -> String {
    let sql = format!(
        "SELECT concat_ws(' ', w.state, w.outcome, e.facts_ungrounded)
           FROM article_work w JOIN extractions e ON e.id = w.extraction_id
          WHERE w.article_id = {article}"
    );
    case.world.text(&sql).await
}

async fn quotes(case: &Case, article: ArticleId) -> Vec<String> {
    let sql = format!(
        "SELECT coalesce(json_agg(quote), '[]') FROM current_facts WHERE article_id = {article}"
    );
    let quotes = case.world.text(&sql).await.replace('\u{200b}', "");
    serde_json::from_str(&quotes).expect("a list")
}

/// What is wrong with what came of a page; empty when nothing is.
fn judge(number: usize, kind: &Kind, played: &Played) -> Vec<String> {
    let (is_heard, is_stored) = (
        played.prompts.contains("OVERRIDE"),
        played.stores_the_order(),
    );
    let (heard, stored) = match kind.seen {
        Seen::Never | Seen::Dropped => (false, false),
        Seen::Told => (true, false),
        Seen::ByReaders | Seen::ByStyleSheet => (true, true),
    };
    let mut faults = Vec::new();
    if (is_heard, is_stored) != (heard, stored) {
        faults.push(format!(
            "{}: heard {is_heard}, stored {is_stored}, for {:?}",
            kind.name, kind.seen
        ));
    }
    let ungrounded = usize::from(!is_stored);
    let record = format!("done ok {ungrounded}");
    if played.record != record {
        faults.push(format!("{}: {} for {record}", kind.name, played.record));
    }
    let words = visible(number);
    let own = |quote: &&String| words.contains(quote.as_str());
    let genuine = played.quotes.iter().filter(own).count();
    if genuine < 3 {
        faults.push(format!("{}: {:?}", kind.name, played.quotes));
    }
    // Whatever else is stored has the words of the order in it, which the page shows.
    let foreign = played.quotes.iter().filter(|quote| !own(quote));
    for quote in foreign {
        if !stored || !quote.contains(ORDER) {
            faults.push(format!("{}: stored {quote:?}", kind.name));
        }
    }
    faults
}
