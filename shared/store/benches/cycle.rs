//! What the store costs: articles a second through claim, open and finish, the processor time of
//! both sides, and how long a pass takes over a backlog of a million.
//!
//! `cargo bench -p store --profile local`; Linux only, because it reads `/proc`.

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::time::Duration;

use database::TestDatabase;
use domain::{
    ArticleId, Budget, Certainty, Fact, FactKind, Grounding, RunRecord, RunStatus, Span, Step,
    Usage,
};
use runtime::clock;
use runtime::config::{Database, DatabaseTls, Secret};
use store::{
    AttemptRecord, ClaimRequest, Claimed, Finish, NewArticle, OpenRun, RunIdentityRow, RunResult,
    Store, Text,
};
use tokio_postgres::{Client, NoTls};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const ARTICLES: usize = 2_000;
const FACTS: usize = 8;
const SENTENCE: &str = "The dam was opened in 1936 and is 221 metres high. ";

const IDENTITY: RunIdentityRow<'_> = RunIdentityRow {
    prompt_version: "1.0.0-abc",
    schema_version: "1",
    model: "m",
    endpoint: "http://127.0.0.1:1",
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let key = store::schema_digest();
    let database = TestDatabase::create(&key, async |url| {
        let migrated = store_at(&url).migrate(&budget()).await;
        migrated.map(drop)
    })
    .await?;
    cycle(&database).await?;
    backlog(&database).await?;
    Ok(())
}

fn budget() -> Budget {
    Budget::starting(clock::now(), Duration::from_secs(600))
}

fn store_at(url: &str) -> Store {
    let database = Database {
        secret: None,
        url: Secret::new(url.to_owned()),
        tls: DatabaseTls::Off,
        search_path: Vec::new(),
    };
    #[expect(clippy::expect_used, reason = "the URL is the test cluster's own")]
    Store::new(&database, "store bench").expect("a sound URL")
}

/// Processor seconds of a process so far.
fn cpu_s(pid: &str) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or("").split(' ').collect();
    let ticks = |at: usize| fields.get(at).and_then(|it| it.parse::<f64>().ok());
    let (user, system) = (ticks(11).ok_or("utime")?, ticks(12).ok_or("stime")?);
    Ok((user + system) / 100.0)
}

fn say(line: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

/// Every article through the three visits, one after another on one connection.
async fn cycle(database: &TestDatabase) -> Result<()> {
    let store = store_at(database.url());
    let urls: Vec<NewArticle> = (0..ARTICLES)
        .map(|n| NewArticle {
            url: format!("https://example.org/{n}"),
            title: Some(format!("Article {n}")),
        })
        .collect();
    let ids = store.add(&budget(), &urls).await?.inserted;
    let backend = backend(&store, database).await?;

    let mut visits = [Duration::ZERO; 3];
    let (client_before, server_before) = (cpu_s("self")?, cpu_s(&backend)?);
    let started = clock::now();
    for (n, id) in ids.iter().enumerate() {
        one(&store, n, *id, &mut visits).await?;
    }
    let took = started.elapsed().as_secs_f64();
    let count = f64::from(u32::try_from(ids.len())?);
    let client = (cpu_s("self")? - client_before) * 1_000.0 / count;
    let server = (cpu_s(&backend)? - server_before) * 1_000.0 / count;
    let each = |n: usize| visits[n].as_secs_f64() * 1_000.0 / count;
    say(&format!(
        "cycle: {count} articles, {FACTS} facts each: {:.0} articles/s on one connection; \
         processor time an article: client {client:.2} ms, server {server:.2} ms; \
         visits: claim {:.2} ms, open {:.2} ms, finish {:.2} ms",
        count / took,
        each(0),
        each(1),
        each(2)
    ))
}

/// The process that serves the store's connection.
async fn backend(store: &Store, database: &TestDatabase) -> Result<String> {
    store.queued_count(&budget()).await?;
    let client = connect(database).await?;
    let sql = "SELECT pid::text FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'store bench'";
    Ok(client.query_typed_one(sql, &[]).await?.get(0))
}

async fn connect(database: &TestDatabase) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(database.url(), NoTls).await?;
    let mut drivers = tokio::task::JoinSet::new();
    drivers.spawn(connection);
    drivers.detach_all();
    Ok(client)
}

async fn one(store: &Store, n: usize, id: ArticleId, visits: &mut [Duration; 3]) -> Result<()> {
    let budget = budget();
    let at = clock::now();
    let request = ClaimRequest {
        article: id,
        lease: Duration::from_secs(60),
        request_id: "8f5a2f0e-0000-4000-8000-000000000000",
    };
    let Claimed::Work(claim) = store.claim(&budget, request).await? else {
        return Err("not claimed".into());
    };
    visits[0] += at.elapsed();

    let at = clock::now();
    let body = format!("{}{n}", SENTENCE.repeat(100));
    let text = Text::new(&body, "1.0.0");
    let opened = store
        .open_run(&budget, &claim, &text, &IDENTITY, &store::Gates::default())
        .await?;
    let OpenRun::Open(run) = opened else {
        return Err("not opened".into());
    };
    visits[1] += at.elapsed();

    let at = clock::now();
    let facts: Vec<Fact> = (0..FACTS).map(fact).collect::<Result<_>>()?;
    let record = record(i32::try_from(FACTS)?);
    let attempt = AttemptRecord {
        steps: vec![
            (Step::Claim, Duration::from_micros(900)),
            (Step::Fetch, Duration::from_millis(12)),
            (Step::Extract, Duration::from_millis(3)),
            (Step::Llm, Duration::from_millis(30)),
        ],
        page_bytes: Some(60_000),
        text_chars: Some(5_000),
        http_status: Some(200),
        final_url: Some(format!("https://example.org/{n}")),
        reason: None,
    };
    let finish = Finish {
        result: RunResult::Fresh {
            run: run.id,
            record: &record,
            facts: &facts,
        },
        attempt: &attempt,
        routes: &[],
    };
    store.finish(&budget, &claim, &finish).await?;
    visits[2] += at.elapsed();
    Ok(())
}

fn fact(ordinal: usize) -> Result<Fact> {
    let start = u32::try_from(ordinal * SENTENCE.len())?;
    Ok(Fact {
        claim: "The dam was opened in 1936 and is 221 metres high.".to_owned(),
        kind: FactKind::Event,
        certainty: Certainty::Asserted,
        speaker: None,
        when: Some("1936".to_owned()),
        place: Some("the dam".to_owned()),
        entities: vec!["the dam".to_owned()],
        quote: SENTENCE.trim().to_owned(),
        model_quote: None,
        span: Span {
            start,
            end: start + u32::try_from(SENTENCE.len())? - 1,
        },
        grounding: Grounding::Exact,
        edits: 0,
        unsupported: vec![],
        fact_key: format!("{ordinal:064x}"),
    })
}

fn record(kept: i32) -> RunRecord {
    RunRecord {
        prompt_version: IDENTITY.prompt_version.to_owned(),
        schema_version: IDENTITY.schema_version.to_owned(),
        model_requested: IDENTITY.model.to_owned(),
        model_returned: Some("m-1".to_owned()),
        endpoint: IDENTITY.endpoint.to_owned(),
        status: RunStatus::Ok,
        chunks_total: 1,
        chunks_ok: 1,
        chars_cut: 0,
        usage: Usage {
            calls: 1,
            tokens_in: 1_500,
            tokens_out: 600,
            cost_micro_usd: Some(900),
            ..Usage::default()
        },
        routes: vec![],
        facts_returned: kept,
        facts_kept: kept,
        facts_ungrounded: 0,
        rejected: vec![],
        facts_merged: 0,
    }
}

/// A million due rows: reading all their ids by pages, and passes that take a thousand each.
async fn backlog(database: &TestDatabase) -> Result<()> {
    let client = connect(database).await?;
    client
        .batch_execute(
            "SET session_replication_role = replica;
             INSERT INTO articles (url) SELECT 'https://example.org/n/' || n FROM generate_series(1, 1000000) n;
             INSERT INTO article_work (article_id, due_at)
             SELECT id, now() - interval '1 hour' + id * interval '1 millisecond' FROM articles
                 ON CONFLICT DO NOTHING;
             SET session_replication_role = origin;",
        )
        .await?;
    client
        .batch_execute("VACUUM ANALYZE article_work, articles")
        .await?;

    let started = clock::now();
    let page = "SELECT w.due_at::text, w.article_id FROM article_work w
                 WHERE state IN ('new', 'queued', 'retry', 'running') AND due_at <= now()
                   AND (due_at, article_id) > ($1::text::timestamptz, $2)
                 ORDER BY w.due_at, w.article_id LIMIT 10000";
    let (mut after, mut id, mut paged) = ("-infinity".to_owned(), i64::MIN, 0);
    loop {
        use tokio_postgres::types::Type;
        let params: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
            [(&after, Type::TEXT), (&id, Type::INT8)];
        let rows = client.query_typed(page, &params).await?;
        let Some(last) = rows.last() else { break };
        (after, id) = (last.get(0), last.get(1));
        paged += rows.len();
    }
    say(&format!(
        "keyset: {paged} ids read in {:.2} s",
        started.elapsed().as_secs_f64()
    ))?;

    let store = store_at(database.url());
    let started = clock::now();
    let (mut passes, mut taken, mut slowest) = (0_u32, 0, Duration::ZERO);
    while passes < 1_001 {
        let at = clock::now();
        let due = store
            .due(&budget(), 1_000, Duration::from_secs(900))
            .await?;
        slowest = slowest.max(at.elapsed());
        if due.queued.is_empty() {
            break;
        }
        passes += 1;
        taken += due.queued.len();
    }
    let took = started.elapsed().as_secs_f64();
    say(&format!(
        "due: {taken} rows marked by {passes} passes in {took:.1} s: {:.1} ms a pass, slowest {:.1} ms",
        took * 1_000.0 / f64::from(passes.max(1)),
        slowest.as_secs_f64() * 1_000.0
    ))?;
    let at = clock::now();
    let queued = store.queued_count(&budget()).await?;
    say(&format!(
        "queued_count: {queued} in {:.1} ms",
        at.elapsed().as_secs_f64() * 1_000.0
    ))?;
    let at = clock::now();
    store.reconcile(&budget()).await?;
    say(&format!(
        "reconcile: one window in {:.1} ms",
        at.elapsed().as_secs_f64() * 1_000.0
    ))
}
