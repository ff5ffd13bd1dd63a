//! An article, a fact and the verbs that bring one to the other, in short.

use std::time::Duration;

use domain::{
    ArticleId, Certainty, Fact, FactKind, Grounding, RouteUsage, RunRecord, RunStatus, Span, Step,
    Usage,
};
use store::{
    AttemptFailure, AttemptRecord, Claim, ClaimRequest, Claimed, Finish, Gates, NewArticle,
    OpenRun, Recorded, Run, RunIdentityRow, RunResult, Store, StoreError, Text,
};

use crate::harness::{World, budget};

pub(crate) const BODY: &str = "The dam was opened in 1936. It is 221 metres high.";

pub(crate) const IDENTITY: RunIdentityRow<'_> = RunIdentityRow {
    prompt_version: "1.0.0-abc",
    schema_version: "1",
    model: "m",
    endpoint: "http://127.0.0.1:1",
};

pub(crate) fn fact() -> Fact {
    Fact {
        claim: "The dam was opened in 1936.".to_owned(),
        kind: FactKind::Event,
        certainty: Certainty::Asserted,
        speaker: None,
        when: Some("1936".to_owned()),
        place: None,
        entities: vec!["the dam".to_owned()],
        quote: "The dam was opened in 1936.".to_owned(),
        model_quote: None,
        span: Span { start: 0, end: 27 },
        grounding: Grounding::Exact,
        edits: 0,
        unsupported: vec![],
        fact_key: "k1".to_owned(),
    }
}

pub(crate) fn record(status: RunStatus, kept: i32) -> RunRecord {
    RunRecord {
        prompt_version: IDENTITY.prompt_version.to_owned(),
        schema_version: IDENTITY.schema_version.to_owned(),
        model_requested: IDENTITY.model.to_owned(),
        model_returned: Some("m-1".to_owned()),
        endpoint: IDENTITY.endpoint.to_owned(),
        status,
        chunks_total: 1,
        chunks_ok: 1,
        chars_cut: 0,
        usage: Usage {
            calls: 1,
            tokens_in: 100,
            tokens_out: 20,
            cost_micro_usd: Some(55),
            ..Usage::default()
        },
        routes: vec![RouteUsage {
            model: IDENTITY.model.to_owned(),
            endpoint: IDENTITY.endpoint.to_owned(),
            answered: true,
            usage: Usage {
                calls: 1,
                tokens_in: 100,
                tokens_out: 20,
                cost_micro_usd: Some(55),
                ..Usage::default()
            },
            known_micro_usd: 55,
            calls_unpriced: 0,
        }],
        facts_returned: kept,
        facts_kept: kept,
        facts_ungrounded: 0,
        rejected: vec![],
        facts_merged: 0,
    }
}

pub(crate) fn attempt() -> AttemptRecord {
    AttemptRecord {
        steps: vec![(Step::Fetch, Duration::from_millis(12))],
        page_bytes: Some(1_000),
        text_chars: Some(50),
        http_status: Some(200),
        final_url: Some("https://example.org/a".to_owned()),
        reason: None,
    }
}

pub(crate) async fn add(world: &World, url: &str) -> ArticleId {
    let new = NewArticle {
        url: url.to_owned(),
        title: Some("T".to_owned()),
    };
    let added = world.store.add(&budget(), &[new]).await.expect("add");
    added.inserted[0]
}

pub(crate) async fn claim(world: &World, article: ArticleId) -> Claim {
    let request = ClaimRequest {
        article,
        lease: Duration::from_secs(60),
        request_id: "r-1",
    };
    match world.store.claim(&budget(), request).await.expect("claim") {
        Claimed::Work(claim) => claim,
        other => panic!("not claimed: {other:?}"),
    }
}

/// Opens a run over the text that articles share.
pub(crate) async fn open(world: &World, claim: &Claim) -> Run {
    open_over(world, claim, BODY).await
}

/// Opens a run over a text that no other article has: the shared one would wait for the other.
pub(crate) async fn open_own(world: &World, claim: &Claim) -> Run {
    open_over(world, claim, &format!("{BODY} Article {}.", claim.article)).await
}

async fn open_over(world: &World, claim: &Claim, body: &str) -> Run {
    let text = Text::new(body, "1");
    let opened = world
        .store
        .open_run(&budget(), claim, &text, &IDENTITY, &Gates::default())
        .await;
    match opened.expect("open") {
        OpenRun::Open(run) => run,
        other => panic!("not open: {other:?}"),
    }
}

/// A failure with nothing special about it.
pub(crate) fn failure(class: domain::ErrorClass, attempt: &AttemptRecord) -> AttemptFailure<'_> {
    AttemptFailure {
        class,
        message: "ask the model",
        wait: Duration::ZERO,
        run: None,
        attempt,
        routes: &[],
    }
}

/// Finishes a claim with one fact.
pub(crate) async fn finish(
    store: &Store,
    claim: &Claim,
    run: &Run,
) -> Result<Recorded, StoreError> {
    finish_with(store, claim, run, &[fact()]).await
}

/// Finishes a claim with facts.
pub(crate) async fn finish_with(
    store: &Store,
    claim: &Claim,
    run: &Run,
    facts: &[Fact],
) -> Result<Recorded, StoreError> {
    let status = if facts.is_empty() {
        RunStatus::Empty
    } else {
        RunStatus::Ok
    };
    let record = record(status, i32::try_from(facts.len()).expect("few"));
    let finish = Finish {
        result: RunResult::Fresh {
            run: run.id,
            record: &record,
            facts,
        },
        attempt: &attempt(),
        routes: &[],
    };
    store.finish(&budget(), claim, &finish).await
}

/// An article that is done.
pub(crate) async fn done(world: &World, url: &str) -> ArticleId {
    let id = add(world, url).await;
    let claim = claim(world, id).await;
    let run = open(world, &claim).await;
    let recorded = finish(&world.store, &claim, &run).await;
    assert_eq!(recorded.expect("finish"), Recorded::Yes);
    id
}
