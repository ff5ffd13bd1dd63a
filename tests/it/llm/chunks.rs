//! Long texts: chunks side by side, what is finished is kept, a retry pays for the rest alone.

use std::fmt::Write as _;
use std::sync::Mutex;

use facts::{ChunkSink, FinishedChunk, Keeping};

use super::*;

/// Keeps chunks in memory.
#[derive(Default)]
struct Kept(Mutex<Vec<FinishedChunk>>);

impl ChunkSink for Kept {
    fn finished<'a>(&'a self, chunk: &'a FinishedChunk, _is_only: bool) -> Keeping<'a> {
        Box::pin(async move { self.0.lock().expect("not poisoned").push(chunk.clone()) })
    }
}

impl Kept {
    fn chunks(&self) -> Vec<FinishedChunk> {
        self.0.lock().expect("not poisoned").clone()
    }
}

/// A text of about so many characters; each paragraph has a fact of its own, filler and a word of
/// its place.
fn long(chars: usize) -> String {
    let mut text = String::new();
    let mut place = 0;
    while text.len() < chars {
        place += 1;
        writeln!(
            text,
            "Dana Cole of Halden{place} Corp. paid ${place}.5 million for the site in Berlin in 2024, a report said. \
             It was a long way from there to the end, and not much of it was ever written down by those who went. \
             They had seen the sea before, and the hills, and what lies between the one and the other of these."
        )
        .expect("a String takes it");
    }
    text
}

async fn run(
    finder: &FactFinder,
    text: &str,
    resume: &[FinishedChunk],
    sink: &Kept,
) -> Result<Found, Box<FindFailure>> {
    let budget = Budget::starting(runtime::clock::now(), 3 * BUDGET);
    finder.find(&article(text), resume, sink, &budget).await
}

#[tokio::test]
async fn a_long_text_is_asked_in_chunks_that_overlap_in_context_and_not_in_facts() {
    let text = long(50_000);
    let stand_in = stand_in("delay;ms=150;times=always").await;
    let finder = finder(vec![route(&stand_in, Dialect::OpenAi)]);
    let kept = Kept::default();

    let started = runtime::clock::now();
    let found = run(&finder, &text, &[], &kept)
        .await
        .expect("all chunks answer");
    let took = runtime::clock::now() - started;

    let log = stand_in.log();
    assert_eq!((log.len(), kept.chunks().len()), (4, 4), "one call a chunk");
    assert!(
        took < Duration::from_millis(4 * 150),
        "one after the other: {took:?}"
    );
    let shown: usize = log.iter().map(|one| one.request.sentences_shown).sum();
    let asked: usize = log.iter().map(|one| one.request.sentences_asked).sum();
    assert_eq!(
        shown - asked,
        3 * 2 * 3,
        "three sentences on either side of three borders"
    );
    let mut claims: Vec<&str> = found.facts.iter().map(|fact| fact.claim.as_str()).collect();
    claims.sort_unstable();
    claims.dedup();
    assert_eq!(
        (claims.len(), found.record.facts_merged),
        (found.facts.len(), 0)
    );
    assert!(claims.len() > 30, "{}", claims.len());
    assert_grounded(&text, &found.facts);
    stand_in.stop().await;
}

#[tokio::test]
async fn a_retry_pays_only_for_the_chunks_that_are_missing() {
    let text = long(50_000);
    let stand_in = stand_in("500;contains=Halden60 ;times=always").await;
    let finder = finder(vec![route(&stand_in, Dialect::OpenAi)]);
    let kept = Kept::default();

    let failure = run(&finder, &text, &[], &kept)
        .await
        .expect_err("one chunk fails");
    let first = stand_in.requests();
    stand_in.set_script("".parse().expect("an empty script"));
    let found = run(&finder, &text, &kept.chunks(), &kept)
        .await
        .expect("the last chunk answers");

    assert_eq!(word(&Err(failure.clone())), "server");
    assert_eq!(
        (failure.record.chunks_ok, first),
        (3, 3 + 3),
        "the failing chunk is tried three times"
    );
    assert!(!failure.salvage.is_empty());
    assert_eq!(stand_in.requests(), 1, "only what is missing");
    assert_eq!(
        (
            found.record.status.as_str(),
            found.record.chunks_ok,
            kept.chunks().len()
        ),
        ("ok", 4, 4)
    );
    assert_eq!(found.record.usage.calls, 1);
    stand_in.stop().await;
}

#[tokio::test]
async fn a_chunk_that_will_never_answer_makes_the_run_partial() {
    let text = long(50_000);
    let stand_in = stand_in("refusal;contains=Halden60 ;times=always").await;
    let finder = finder(vec![route(&stand_in, Dialect::OpenAi)]);

    let found = run(&finder, &text, &[], &Kept::default())
        .await
        .expect("the others answer");

    assert_eq!(
        (
            found.record.status.as_str(),
            found.record.chunks_ok,
            found.record.chunks_total
        ),
        ("partial", 3, 4)
    );
    stand_in.stop().await;
}

#[tokio::test]
async fn text_beyond_the_cap_is_recorded_and_not_dropped_quietly() {
    let text = long(70_000);
    let stand_in = stand_in("").await;
    let finder = finder(vec![route(&stand_in, Dialect::OpenAi)]);

    let found = run(&finder, &text, &[], &Kept::default())
        .await
        .expect("all chunks answer");

    assert_eq!(found.record.status.as_str(), "partial");
    assert!(
        (9_000..=11_000).contains(&found.record.chars_cut),
        "{}",
        found.record.chars_cut
    );
    stand_in.stop().await;
}

#[tokio::test]
async fn a_rate_limit_halves_the_calls_at_once_and_all_ends_well() {
    let text = long(55_000);
    let stand_in = stand_in("429;times=2;retry_after=0.05").await;
    let finder = finder(vec![route(&stand_in, Dialect::OpenAi)]);

    let found = run(&finder, &text, &[], &Kept::default())
        .await
        .expect("all chunks answer");

    assert_eq!(found.record.status.as_str(), "ok");
    assert_eq!(
        stand_in.requests(),
        u64::try_from(found.record.chunks_total).expect("few") + 2
    );
    stand_in.stop().await;
}

#[tokio::test]
async fn finished_chunks_of_another_text_are_not_believed() {
    let text = long(50_000);
    let stand_in = stand_in("").await;
    let finder = finder(vec![route(&stand_in, Dialect::OpenAi)]);
    let kept = Kept::default();
    run(
        &finder,
        &long(50_000).replace("a long way", "far"),
        &[],
        &kept,
    )
    .await
    .expect("all chunks answer");
    stand_in.set_script("".parse().expect("an empty script"));

    let found = run(&finder, &text, &kept.chunks(), &Kept::default())
        .await
        .expect("all chunks answer");

    assert!(stand_in.requests() >= 3, "{}", stand_in.requests());
    assert_grounded(&text, &found.facts);
    stand_in.stop().await;
}
