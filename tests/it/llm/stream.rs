//! Answers in pieces: what has come is kept whatever ends them, and only the rest is asked again.

use std::sync::Mutex;

use facts::{ChunkSink, FinishedChunk, Keeping};

use super::*;

/// Keeps what is offered.
#[derive(Default)]
struct Keeper(Mutex<Vec<FinishedChunk>>);

impl ChunkSink for Keeper {
    fn finished<'a>(&'a self, chunk: &'a FinishedChunk, _is_only: bool) -> Keeping<'a> {
        self.0
            .lock()
            .expect("nobody panics with it")
            .push(chunk.clone());
        Box::pin(std::future::ready(()))
    }
}

/// Sentences of which each is a fact, enough for an answer of many pieces.
fn long_text() -> String {
    let sentence = |n: u32| {
        let year = 1_980 + n;
        format!("Acme Corp. of Berlin sold {n}00 parts to the agency in Houston in {year}.")
    };
    (1..=40).map(sentence).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_beginning_that_a_deadline_cut_is_kept_and_the_next_attempt_asks_only_for_the_rest() {
    for dialect in [Dialect::OpenAi, Dialect::Anthropic] {
        let text = long_text();
        let stand_in = stand_in("sse_slow;ms=30").await;
        let finder = finder(vec![route(&stand_in, dialect)]);
        let keeper = Keeper::default();
        let budget = Budget::starting(runtime::clock::now(), Duration::from_millis(2_500));

        let first = finder.find(&article(&text), &[], &keeper, &budget).await;

        let failure = first.expect_err("the time is too short");
        assert!(
            matches!(failure.error, FactsError::Unfinished { pieces, .. } if pieces > 20),
            "slow but flowing is not out: {:?}",
            failure.error
        );
        assert!(!failure.salvage.is_empty());
        let kept = keeper.0.lock().expect("nobody panics with it").clone();
        let [beginning] = kept.as_slice() else {
            panic!("one beginning is kept: {kept:?}");
        };
        let facts_kept = beginning.reply.facts.len();
        assert!(facts_kept >= 3, "{facts_kept}");

        let budget = Budget::starting(runtime::clock::now(), Duration::from_secs(20));
        let second = finder
            .find(&article(&text), &kept, &KeepNone, &budget)
            .await;

        let found = second.expect("nothing is slow now");
        let log = stand_in.log();
        let asked: Vec<usize> = log.iter().map(|one| one.request.sentences_asked).collect();
        let sentences_kept = text
            .chars()
            .take(beginning.end as usize)
            .collect::<String>();
        let done = sentences_kept.matches("sold").count();
        assert_eq!(asked, [40, 40 - done], "only the rest is asked again");
        assert_eq!(found.record.status.as_str(), "ok");
        let claims: std::collections::BTreeSet<_> =
            found.facts.iter().map(|fact| &fact.claim).collect();
        assert_eq!(claims.len(), found.facts.len(), "no fact comes twice");
        for fact in &beginning.reply.facts {
            assert!(claims.contains(&fact.claim), "lost: {}", fact.claim);
        }
        assert_eq!(found.facts.len(), facts_kept + log[1].facts);
        assert_grounded(&text, &found.facts);
        stand_in.stop().await;
    }
}

#[tokio::test]
async fn a_runaway_answer_is_cut_as_soon_as_it_shows_and_its_facts_are_kept() {
    let stand_in = stand_in("sse_runaway").await;
    let finder = finder(vec![route(&stand_in, Dialect::OpenAi)]);

    let (result, _) = timed(&finder, TEXT).await;

    let found = result.expect("the rest is asked again");
    let distinct: std::collections::BTreeSet<_> =
        found.facts.iter().map(|fact| &fact.quote).collect();
    let log = stand_in.log();
    let asked: Vec<usize> = log.iter().map(|one| one.request.sentences_asked).collect();
    assert_eq!(asked, [4, 3]);
    assert_eq!(
        (found.facts.len(), distinct.len(), stand_in.requests()),
        (4, 4, 2)
    );
}

#[tokio::test]
async fn usage_is_asked_for_with_the_stream_and_counted() {
    for (script, is_known) in [("", true), ("sse_no_usage;times=always", false)] {
        for dialect in [Dialect::OpenAi, Dialect::Anthropic] {
            let stand_in = stand_in(script).await;

            let found = find(&finder(vec![route(&stand_in, dialect)]), TEXT)
                .await
                .expect("facts");

            let log = stand_in.log();
            assert!(log[0].form().stream, "{dialect:?}");
            let usage = found.record.usage;
            if is_known {
                let prompt = log[0].body.as_ref().map_or(0, String::len) / 4 + 1;
                assert_eq!(
                    usage.tokens_in,
                    i64::try_from(prompt).expect("few"),
                    "{dialect:?}"
                );
                assert!(usage.tokens_out > 100, "{dialect:?} {usage:?}");
            }
        }
    }
}
