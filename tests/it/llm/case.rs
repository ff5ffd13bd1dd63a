//! A row of the table at work: an article, an endpoint and a function process of its own, and what
//! the tables and the log say afterwards.

use std::sync::Arc;

use cloud::lambda::{FunctionSpec, Functions, log_events};
use domain::ArticleId;
use tests::World;

use super::*;
use crate::path::{event, failures};

/// What every request carries, and no log does.
const KEY: &str = "a-key-of-ours";

/// A row at work: an article, an endpoint and the function that is told of it.
pub(super) struct Case {
    pub(super) world: Arc<World>,
    number: usize,
    pub(super) stand_in: StandIn,
    function: Functions,
    pub(super) name: String,
}

impl Case {
    pub(super) async fn new(
        world: &Arc<World>,
        number: usize,
        script: &str,
        dialect: Dialect,
    ) -> Self {
        let stand_in = stand_in(script).await;
        let spelt = match dialect {
            Dialect::OpenAi => "openai",
            Dialect::Anthropic => "anthropic",
        };
        let mut spec: FunctionSpec = world.article.spec().clone();
        spec.log = spec.log.with_file_name(format!("row-{number}.log"));
        spec.env.retain(|(name, _)| !name.starts_with("LLM_"));
        for (name, value) in [
            ("LLM_BASE_URL", stand_in.base_url()),
            ("LLM_MODEL", MODEL.to_owned()),
            ("LLM_DIALECT", spelt.to_owned()),
            ("LLM_API_KEY", KEY.to_owned()),
        ] {
            spec.env.push((name.to_owned(), value));
        }
        Self {
            world: Arc::clone(world),
            number,
            stand_in,
            function: Functions::start(spec, log_events()),
            name: format!("{script} {dialect:?}"),
        }
    }

    /// An article that no other row has the text of: a run over the same text would be used again.
    pub(super) async fn article(&self, copy: usize) -> (ArticleId, String) {
        let path = format!("/rows/{}/{copy}", self.number);
        let tiles = 1_000 + 10 * self.number + copy;
        let page = PAGE.replace("TILES", &tiles.to_string());
        self.world
            .site
            .publish(&path, "text/html; charset=utf-8", page);
        let ids = self.world.add(&[self.world.site.url(&path)]).await;
        (ids[0], path)
    }

    /// Delivers the article's message; how long the function took.
    pub(super) async fn deliver(&self, article: ArticleId) -> Duration {
        let payload = event(&[article]).to_string();
        let invocation = self.function.invoke(payload.into()).await;
        assert_eq!(
            failures(&invocation.result),
            Vec::<String>::new(),
            "{}",
            self.name
        );
        invocation.duration
    }

    /// What the tables say: work row, newest attempt, its run.
    pub(super) async fn record(&self, article: ArticleId) -> String {
        self.world.text(&format!(
            "SELECT concat_ws(' ', w.state, coalesce(w.outcome, '-'), coalesce(w.error_class, '-'), 'attempt', w.attempt,
                    'facts', coalesce(w.facts_count, 0) > 0, 'processed', a.processed_at IS NOT NULL,
                    'ended', t.outcome, coalesce(t.error_class, '-'), 'run', e.status, 'calls', e.calls)
               FROM article_work w JOIN articles a ON a.id = w.article_id
               JOIN article_attempts t ON t.article_id = w.article_id AND t.fence = w.fence
               LEFT JOIN extractions e ON e.id = t.extraction_id
              WHERE w.article_id = {article}"
        )).await
    }

    async fn number_of(&self, sql: &str) -> Option<f64> {
        self.world.text(sql).await.parse().ok()
    }

    /// Seconds until the article is due.
    pub(super) async fn due_in(&self, article: ArticleId) -> Option<f64> {
        self.number_of(&format!(
            "SELECT extract(epoch FROM due_at - now()) FROM article_work WHERE article_id = {article}"
        )).await
    }

    /// Seconds for which the endpoint's breaker is still open, if it is there.
    pub(super) async fn breaker(&self, class: &str) -> Option<f64> {
        let endpoint = self.stand_in.address();
        self.number_of(&format!(
            "SELECT extract(epoch FROM open_until - now()) FROM llm_breakers
              WHERE breaker_key LIKE '%{endpoint}%' AND error_class = '{class}'"
        ))
        .await
    }

    pub(super) async fn assert_sound(&self) {
        self.world.assert_sound().await;
        assert_eq!(
            self.world.text("SELECT count(*) FROM bad_spans").await,
            "0",
            "{}",
            self.name
        );
    }

    /// The function ended the article with one line, and its key is in none.
    pub(super) fn assert_logged(&self, article: ArticleId, outcome: &str) {
        let log = std::fs::read_to_string(&self.function.spec().log).expect("a log");
        let lines: Vec<serde_json::Value> = log
            .lines()
            .map(|line| serde_json::from_str(line).expect("a line is one JSON object"))
            .collect();
        let ends = lines
            .iter()
            .filter(|line| line["article_id"] == article.get() && line["outcome"] == outcome);
        assert_eq!(ends.count(), 1, "{}: {log}", self.name);
        assert!(!log.contains(KEY), "{}: {log}", self.name);
    }

    /// The breaker goes before the port does: another row may be given the same one.
    pub(super) async fn stop(self) {
        let endpoint = self.stand_in.address();
        let sql = format!("DELETE FROM llm_breakers WHERE breaker_key LIKE '%{endpoint}%'");
        let gone = self.world.client.batch_execute(&sql).await;
        gone.expect("no breaker is left");
        self.function.stop(Duration::ZERO).await;
        self.stand_in.stop().await;
    }
}

/// Six sentences, each a fact by the stand-in's rules, each with a digit.
const PAGE: &str = "<!DOCTYPE html><html lang=\"en\"><head><title>Artemis II comes home</title></head><body><article>\
    <p>NASA launched the Artemis II mission from Florida on April 1, 2026. Officials in Houston said the crew of four \
    travelled 1,100,000 miles around the Moon.</p>\
    <p>The agency in Washington spent $4.1 billion on the flight, a report by Congress said in May 2026. Ann Cole of \
    Acme Corp. sold 350 parts of the ship to the agency in Berlin in 2024.</p>\
    <p>Engineers in Houston counted TILES tiles on the capsule after it landed on April 11, 2026. A second flight costs \
    $3.9 billion and leaves Florida in September 2028, the agency said.</p></article></body></html>";
