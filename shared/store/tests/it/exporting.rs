//! Exports: nothing is skipped however late it is committed, and files say what the tables say.

use std::io;

use bytes::Bytes;
use domain::{Fact, RunStatus};
use futures_util::SinkExt as _;
use serde_json::Value;
use store::{Cursor, ExportError, ExportForm, Exported};

use crate::harness::{World, budget};
use crate::scenery::{add, claim, done, fact, finish_with, open_own};

async fn export_now(
    world: &World,
    form: ExportForm,
    since: Option<Cursor>,
) -> (Vec<String>, Exported) {
    let mut lines = Vec::new();
    let mut take = |line: &str| -> io::Result<()> {
        lines.push(line.to_owned());
        Ok(())
    };
    let exported = world.store.export(&budget(), form, since, &mut take).await;
    (lines, exported.expect("export"))
}

/// Exports once no transaction of another test, in another database of this server, holds it back.
async fn export(world: &World, form: ExportForm, since: Option<Cursor>) -> (Vec<String>, Exported) {
    for _ in 0..10_000 {
        let (lines, exported) = export_now(world, form, since).await;
        if exported.waiting == 0 {
            return (lines, exported);
        }
    }
    panic!("a transaction elsewhere never ends");
}

fn articles(lines: &[String]) -> Vec<i64> {
    let lines = lines
        .iter()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines
        .map(|line| line["article_id"].as_i64().expect("an id"))
        .collect()
}

/// Facts with everything that a format trips over.
async fn awkward(world: &World) {
    let texts = [
        "He said \"no\", twice",
        "a\nb\r\nc",
        "back\\slash \\N \\.",
        "",
        "NULL",
        "\u{1f600} ü ‎مايو",
    ];
    for (at, text) in texts.into_iter().enumerate() {
        let id = add(world, &format!("https://example.org/{at}?a=\"b\",c")).await;
        let claim = claim(world, id).await;
        let run = open_own(world, &claim).await;
        let fact = Fact {
            claim: format!("claim {text}"),
            speaker: Some(text.to_owned()),
            place: None,
            entities: vec![text.to_owned(), "NULL".to_owned()],
            unsupported: vec![],
            ..fact()
        };
        let finished = finish_with(&world.store, &claim, &run, &[fact]).await;
        finished.expect("finish");
    }
}

#[tokio::test]
async fn a_run_whose_commit_is_late_is_in_the_next_export_once() {
    let world = World::migrated().await;
    let late = add(&world, "https://example.org/late").await;
    let run = open_own(&world, &claim(&world, late).await).await;
    // a worker that is slow to commit: its transaction begins before the other's and ends after it
    let id = run.id.get();
    world
        .execute(&format!(
            "BEGIN;
             UPDATE extractions SET status = 'ok', chunks_total = 1, chunks_ok = 1, facts_returned = 1,
                    facts_kept = 1, finished_at = now() WHERE id = {id};
             INSERT INTO facts (extraction_id, ordinal, article_id, claim, kind, certainty, quote,
                                span_start, span_end, grounding, fact_key)
             VALUES ({id}, 0, {late}, 'c', 'event', 'asserted', 'The', 0, 3, 'exact', 'k');
             UPDATE article_work SET state = 'done', outcome = 'ok', facts_count = 1, extraction_id = {id},
                    lease_until = NULL WHERE article_id = {late}"
        ))
        .await;
    let early = done(&world, "https://example.org/early").await;

    let (first, one) = export_now(&world, ExportForm::JsonLines, None).await;
    world.execute("COMMIT").await;
    let (second, two) = export(&world, ExportForm::JsonLines, Some(one.cursor)).await;
    let (third, three) = export(&world, ExportForm::JsonLines, Some(two.cursor)).await;

    assert_eq!((first.len(), one.waiting), (0, 1), "{first:?}");
    assert_eq!(articles(&second), [late.get(), early.get()]);
    assert_eq!((third.len(), three.waiting), (0, 0), "{third:?}");
}

#[tokio::test]
async fn an_article_whose_new_run_has_no_facts_is_a_line_without_one() {
    let world = World::migrated().await;
    let id = add(&world, "https://example.org/a").await;
    let claim = claim(&world, id).await;
    let run = open_own(&world, &claim).await;
    finish_with(&world.store, &claim, &run, &[])
        .await
        .expect("finish");

    let (lines, exported) = export(&world, ExportForm::JsonLines, None).await;

    assert_eq!(exported.lines, 1);
    let line: Value = serde_json::from_str(&lines[0]).expect("JSON");
    assert_eq!(
        (line["article_id"].as_i64(), &line["claim"]),
        (Some(id.get()), &Value::Null)
    );
}

#[tokio::test]
async fn a_csv_file_is_read_back_as_the_very_same_rows() {
    let world = World::migrated().await;
    awkward(&world).await;
    let (lines, exported) = export(&world, ExportForm::Csv, None).await;
    assert_eq!((exported.lines, lines.len()), (6, 7));
    world
        .execute(
            "CREATE TEMP TABLE back (article_id bigint, url text, run bigint, finished_at timestamptz,
                 model text, prompt_version text, text_sha256 text, ordinal int, claim text, kind text,
                 certainty text, speaker text, date_text text, date_from date, date_to date, place text,
                 entities jsonb, quote text, model_quote text, span_start int, span_end int,
                 grounding text, edits int, unsupported jsonb, fact_key text)",
        )
        .await;

    let copied = world
        .client
        .copy_in("COPY back FROM STDIN (FORMAT csv, HEADER)")
        .await;
    let mut copied = std::pin::pin!(copied.expect("copy"));
    copied
        .send(Bytes::from(lines.join("\n") + "\n"))
        .await
        .expect("send");
    copied.finish().await.expect("finish");

    let columns = "article_id, ordinal, claim, kind, certainty, speaker, date_text, date_from, date_to, place,
        quote, model_quote, span_start, span_end, grounding, edits, fact_key";
    let differing = format!(
        "WITH stored AS (SELECT {columns}, to_jsonb(entities), to_jsonb(unsupported) FROM current_facts),
              back AS (SELECT {columns}, entities, unsupported FROM back)
         SELECT (SELECT count(*) FROM (TABLE stored EXCEPT TABLE back) AS x) || ' '
             || (SELECT count(*) FROM (TABLE back EXCEPT TABLE stored) AS x) || ' '
             || (SELECT count(*) FROM back)"
    );
    assert_eq!(world.text(&differing).await, "0 0 6");
}

#[tokio::test]
async fn json_lines_say_what_the_rows_say_and_annotations_stand_in_their_text() {
    let world = World::migrated().await;
    awkward(&world).await;

    let (lines, _) = export(&world, ExportForm::JsonLines, None).await;
    let (annotations, _) = export(&world, ExportForm::Annotations, None).await;

    world.execute("CREATE TEMP TABLE line (doc jsonb)").await;
    for line in &lines {
        let inserted = world
            .client
            .execute("INSERT INTO line VALUES ($1::text::jsonb)", &[line])
            .await;
        inserted.expect("a line of JSON");
    }
    let same = world
        .text(
            "SELECT count(*) FROM line, current_facts f
              WHERE doc @> to_jsonb(f) - '{extraction_id}'::text[]
                AND (doc ->> 'article_id')::bigint = f.article_id",
        )
        .await;
    assert_eq!(same, "6");
    assert_eq!(annotations.len(), 6);
    let one: Value = serde_json::from_str(&annotations[0]).expect("JSON");
    let selector = &one["target"]["selector"];
    assert_eq!(one["@context"], "http://www.w3.org/ns/anno.jsonld");
    assert_eq!(selector["exact"], "The dam was opened in 1936.");
    assert_eq!(
        (&selector["prefix"], &selector["suffix"]),
        (
            &Value::from(""),
            &Value::from(" It is 221 metres high. Article ")
        )
    );
}

#[tokio::test]
async fn a_cursor_of_another_database_is_refused_and_rows_of_a_dump_are_not_lost() {
    let world = World::migrated().await;
    done(&world, "https://example.org/a").await;
    world
        .execute("UPDATE extractions SET finished_xid = '999999999999'")
        .await;

    let (lines, exported) = export(&world, ExportForm::JsonLines, None).await;
    let (again, _) = export(&world, ExportForm::JsonLines, Some(exported.cursor)).await;
    let future: Cursor = "888888888888".parse().expect("a cursor");
    let refused = world
        .store
        .export(&budget(), ExportForm::Csv, Some(future), &mut |_| Ok(()))
        .await;

    assert_eq!(
        (lines.len(), again.len()),
        (1, 1),
        "rather twice than never"
    );
    assert!(
        matches!(refused, Err(ExportError::Foreign { .. })),
        "{refused:?}"
    );
    assert_eq!(
        RunStatus::Ok.as_str(),
        world.text("SELECT status FROM extractions").await
    );
}

#[tokio::test]
async fn an_export_that_nobody_takes_ends_with_that_error() {
    let world = World::migrated().await;
    done(&world, "https://example.org/a").await;
    let (before, _) = export(&world, ExportForm::JsonLines, None).await;
    let mut full = |_: &str| Err(io::Error::from(io::ErrorKind::BrokenPipe));

    let ended = world
        .store
        .export(&budget(), ExportForm::JsonLines, None, &mut full)
        .await;

    assert!(matches!(ended, Err(ExportError::Write(_))), "{ended:?}");
    let (after, _) = export(&world, ExportForm::JsonLines, None).await;
    assert_eq!(
        (before.len(), after),
        (1, before),
        "the store is usable after it"
    );
}
