//! A long article through the real function: chunks, a retry that pays for what is missing, and
//! what lies beyond the cap.

use std::fmt::Write as _;

use domain::ArticleId;
use tests::{Options, World, world};

use crate::path::options;

/// A page of at least so many characters of text; each paragraph has a fact and a place of its own.
fn page(chars: usize) -> Vec<u8> {
    let mut body = String::new();
    let mut place = 0;
    while body.len() < chars {
        place += 1;
        writeln!(
            body,
            "<p>Dana Cole of Halden{place} Corp. paid ${place}.5 million for the site in Berlin in 2024, a report said. \
             It was a long way from the {place} hills to the end, and not much of it was ever written down by those who went there. \
             They had seen {place} seas before, and what lies between the one and the other of these.</p>"
        )
        .expect("a String takes it");
    }
    format!("<html><head><title>Sites</title></head><body><article><h1>Sites</h1>{body}</article></body></html>")
        .into_bytes()
}

/// The usual world, in which somebody has said where the text of its pages is: what the extraction
/// makes of such a page is another matter.
fn selecting() -> Options {
    Options {
        article_env: vec![(
            "EXTRACT_SELECTORS".to_owned(),
            "127.0.0.1=article".to_owned(),
        )],
        ..options()
    }
}

async fn add(world: &World, path: &str, chars: usize) -> ArticleId {
    world
        .site
        .publish(path, "text/html; charset=utf-8", page(chars));
    world.add(&[world.site.url(path)]).await[0]
}

#[tokio::test]
async fn a_retry_of_a_long_article_asks_only_for_the_chunks_that_are_missing() {
    let mut world = World::start(selecting()).await;
    let id = add(&world, "/long", 50_000).await;
    let script = "503;contains=Halden60 ;retry_after=60;times=always";
    world.model.set_script(script.parse().expect("a script"));

    world.settle().await;
    let first = world.model.requests();
    let kept: u64 = world
        .text("SELECT count(*) FROM llm_chunks")
        .await
        .parse()
        .expect("a number");
    let text_chars = world
        .text("SELECT max(text_chars) FROM article_attempts")
        .await;
    let state = world
        .text("SELECT concat_ws(' ', state, error_class, attempt) FROM article_work")
        .await;
    world.model.set_script("".parse().expect("an empty script"));
    let due = "UPDATE article_work SET due_at = now()";
    world.client.batch_execute(due).await.expect("time passes");
    world.settle().await;

    assert!(
        text_chars.parse::<u32>().expect("a number") >= 30_000,
        "{text_chars}"
    );
    assert_eq!(state, "retry llm_server 0");
    assert!(
        first >= 3 && kept == first - 1,
        "{kept} of {first} chunks were kept"
    );
    assert_eq!(
        world.model.requests(),
        1,
        "only what is missing is paid for"
    );
    let facts = world
        .store
        .facts(&world::budget(), id)
        .await
        .expect("facts");
    let starts: Vec<u32> = facts.iter().map(|it| it.fact.span.start).collect();
    assert!(starts.is_sorted(), "in the order of the text");
    let mut claims: Vec<&str> = facts.iter().map(|it| it.fact.claim.as_str()).collect();
    claims.sort_unstable();
    claims.dedup();
    assert_eq!(claims.len(), facts.len(), "overlap makes no duplicates");
    for place in [1, 60, 100] {
        let name = format!("Halden{place} ");
        assert!(
            claims.iter().any(|claim| claim.contains(&name)),
            "{name} of every part"
        );
    }
    assert_eq!(world.text("SELECT outcome FROM article_work").await, "ok");
    assert_eq!(
        world.text("SELECT count(*) FROM llm_chunks").await,
        "0",
        "cleared after success"
    );
    assert_eq!(
        world.text("SELECT count(*) FROM llm_breakers").await,
        "0",
        "it did answer the others"
    );
    let paid = world.text("SELECT sum(calls) FROM llm_cost_by_day").await;
    assert_eq!(
        paid,
        (first + 1).to_string(),
        "every call is in the account"
    );
    world.assert_sound().await;
    world.stop().await;
}

#[tokio::test]
async fn text_beyond_the_cap_is_recorded_as_partial() {
    let mut world = World::start(selecting()).await;
    add(&world, "/longer", 75_000).await;

    world.settle().await;

    let run = "SELECT concat_ws(' ', w.outcome, e.status, e.chars_cut > 5000) \
               FROM article_work w JOIN extractions e ON e.id = w.extraction_id";
    assert_eq!(world.text(run).await, "partial partial t");
    world.assert_sound().await;
    world.stop().await;
}
