//! The alarms over time, as `CloudWatch` would judge them: real passes and real articles of real
//! function processes, a minute of the database's time for each step. Whatever stops the work rings,
//! soon enough; what heals by itself, or is meant to wait, does not.

mod cloudwatch;
mod template;

use std::collections::BTreeMap;
use std::time::Duration;

use cloud::lambda::InvocationResult;
use domain::ArticleId;
use serde_json::{Value, json};
use tests::world::budget;
use tests::{Options, World, pages};

use crate::path::{failures, options};
use cloudwatch::Series;
use template::Watch;

/// From the first waiting article to the ring. A minute less than what is promised: metrics made out
/// of log lines take about so long to appear.
const RING_MAX: i64 = 14;

/// Healthy minutes before anything happens.
const WARM_UP: i64 = 3;

/// How far `CloudWatch` looks back beyond the periods that it needs is not said; these are tried.
const RANGES: [usize; 3] = [0, 2, 5];

/// One minute of the database's time.
const A_MINUTE_PASSES: &str = "
    UPDATE article_work SET due_at = due_at - interval '1 min', lease_until = lease_until - interval '1 min',
                            added_at = added_at - interval '1 min';
    UPDATE extractions SET finished_at = finished_at - interval '1 min';
    UPDATE gleaner_reconciler SET waiting_since = waiting_since - interval '1 min';
    UPDATE llm_breakers SET open_until = open_until - interval '1 min'";

/// What works and what does not.
#[derive(Clone, Copy)]
struct Parts {
    schedule: bool,
    mapping: bool,
}

const WHOLE: Parts = Parts {
    schedule: true,
    mapping: true,
};

/// A stack on a clock of its own.
struct Stack {
    watch: Watch,
    series: Series,
    minute: i64,
    /// How far each log was read.
    read: BTreeMap<String, usize>,
    pages: std::vec::IntoIter<String>,
}

impl Stack {
    fn new(world: &World) -> Self {
        let mut series = Series::default();
        // it has been up for a while
        for minute in -60..0 {
            series.add("Gleaner/Passes", minute, 1.0);
        }
        Self {
            watch: template::read(),
            series,
            minute: 0,
            read: BTreeMap::new(),
            pages: pages::publish(&world.site, 120).into_iter(),
        }
    }

    async fn add(&mut self, world: &World, count: usize) -> Vec<ArticleId> {
        let urls: Vec<String> = self.pages.by_ref().take(count).collect();
        assert_eq!(urls.len(), count, "enough pages");
        world.add(&urls).await
    }

    /// Lets a minute pass; then the alarms that ring.
    async fn minute(&mut self, world: &World, parts: Parts) -> Vec<String> {
        world
            .client
            .batch_execute(A_MINUTE_PASSES)
            .await
            .expect("time passes");
        if parts.schedule {
            let passed = Box::pin(world.schedule()).await;
            let failed = f64::from(u8::from(passed.is_string()));
            self.series
                .add("AWS/Lambda/Errors/SchedulerFunction", self.minute, failed);
            if failed > 0.0 {
                let arrived = "AWS/SQS/NumberOfMessagesSent/DeadPassQueue";
                self.series.add(arrived, self.minute, 1.0);
            }
        }
        if parts.mapping {
            Box::pin(self.deliver(world)).await;
        }
        for function in ["scheduler", "article"] {
            self.read_log(world, function);
        }
        self.minute += 1;
        self.ringing()
    }

    /// What an event source mapping does in a minute.
    async fn deliver(&mut self, world: &World) {
        for message in world
            .queue
            .receive(&budget(), 10, Duration::ZERO)
            .await
            .expect("messages")
        {
            let record = json!({ "messageId": message.message_id, "body": message.body });
            let result = world.invoke(&json!({ "Records": [record] })).await;
            let crashed = !matches!(result, InvocationResult::Success(_));
            let metric = "AWS/Lambda/Errors/ArticleFunction";
            self.series
                .add(metric, self.minute, f64::from(u8::from(crashed)));
            if !crashed && failures(&result).is_empty() {
                let receipt = queue::Receipt {
                    message_id: message.message_id,
                    receipt_handle: message.receipt_handle,
                };
                world
                    .queue
                    .delete(&budget(), &[receipt])
                    .await
                    .expect("deleted");
            }
        }
    }

    fn read_log(&mut self, world: &World, function: &str) {
        let log = world.log(function);
        let key = format!("{function} {}", world.database_url);
        let from = self.read.entry(key).or_default();
        let group = if function == "article" {
            "ArticleLogs"
        } else {
            "SchedulerLogs"
        };
        let new = log.get(*from..).unwrap_or_default();
        for line in new
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        {
            for filter in self
                .watch
                .filters
                .iter()
                .filter(|filter| filter.log == group)
            {
                if let Some(value) = filter.value_of(&line) {
                    self.series.add(&filter.metric, self.minute, value);
                }
            }
        }
        *from = log.len();
    }

    /// Those that ring for every range and alignment, with their severity.
    fn ringing(&self) -> Vec<String> {
        let always = |alarm: &&cloudwatch::Alarm| {
            RANGES.iter().all(|range| {
                (0..5).all(|phase| alarm.rings(&self.series, self.minute, phase, *range))
            })
        };
        let alarms = self.watch.alarms.iter().filter(always);
        alarms.map(shown).collect()
    }

    /// Those that ring for any range and alignment.
    fn any_ringing(&self) -> Vec<String> {
        let ever = |alarm: &&cloudwatch::Alarm| {
            RANGES.iter().any(|range| {
                (0..5).any(|phase| alarm.rings(&self.series, self.minute, phase, *range))
            })
        };
        let alarms = self.watch.alarms.iter().filter(ever);
        alarms.map(shown).collect()
    }
}

fn shown(alarm: &cloudwatch::Alarm) -> String {
    let severity = if alarm.is_page { "page" } else { "ticket" };
    format!("{severity} {}", alarm.name)
}

/// What stops the work.
struct Cause {
    name: &'static str,
    parts: Parts,
    /// More variables of the functions from then on.
    article_env: &'static [(&'static str, &'static str)],
    scheduler_env: &'static [(&'static str, &'static str)],
    /// How the model behaves from then on.
    model: &'static str,
    /// Seen only where several sites are asked: one alone may be down itself.
    only_busy: bool,
}

const CAUSE: Cause = Cause {
    name: "",
    parts: WHOLE,
    article_env: &[],
    scheduler_env: &[],
    model: "",
    only_busy: false,
};

/// Nobody listens there.
const NO_DATABASE: &str = "postgres://gleaner:canary@127.0.0.1:9/news";

const CAUSES: [Cause; 11] = [
    Cause {
        name: "the schedule is off",
        parts: Parts {
            schedule: false,
            mapping: true,
        },
        ..CAUSE
    },
    Cause {
        name: "the scheduler does not boot",
        scheduler_env: &[("GLEANER_TARGET_DEPTH", "many")],
        ..CAUSE
    },
    Cause {
        name: "the scheduler reaches no database",
        scheduler_env: &[("DATABASE_URL", NO_DATABASE)],
        ..CAUSE
    },
    Cause {
        name: "the scheduler's queue is gone",
        scheduler_env: &[("QUEUE_URL", "http://127.0.0.1:9/123456789012/gone")],
        ..CAUSE
    },
    Cause {
        name: "the mapping is off",
        parts: Parts {
            schedule: true,
            mapping: false,
        },
        ..CAUSE
    },
    Cause {
        name: "the article function does not boot",
        article_env: &[("LLM_DIALECT", "klingon")],
        ..CAUSE
    },
    Cause {
        name: "the article function reaches no database",
        article_env: &[("DATABASE_URL", NO_DATABASE)],
        ..CAUSE
    },
    Cause {
        name: "the model's key is refused",
        model: "401;times=always",
        ..CAUSE
    },
    Cause {
        name: "the model is out",
        model: "503;times=always",
        ..CAUSE
    },
    Cause {
        name: "the day's budget is spent",
        article_env: &[("LLM_BUDGET_STOP_USD", "0")],
        scheduler_env: &[("LLM_BUDGET_STOP_USD", "0")],
        ..CAUSE
    },
    Cause {
        name: "the way out is shut",
        article_env: &[("FETCH_ALLOW_ADDRS", "127.0.0.1:9")],
        only_busy: true,
        ..CAUSE
    },
];

fn pairs(env: &[(&str, &str)]) -> Vec<(String, String)> {
    env.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Runs a cause: the minutes from the first waiting article to the first page, and what rang then.
async fn rings_after(cause: &Cause, is_busy: bool) -> (i64, Vec<String>) {
    let healthy = World::start(options()).await;
    let mut stack = Stack::new(&healthy);
    for minute in 0..WARM_UP {
        let count = if is_busy { 2 } else { usize::from(minute == 0) };
        stack.add(&healthy, count).await;
        stack.minute(&healthy, WHOLE).await;
        assert_eq!(
            stack.any_ringing(),
            Vec::<String>::new(),
            "{}: healthy",
            cause.name
        );
    }

    let site = healthy
        .site
        .url("")
        .trim_start_matches("http://")
        .to_owned();
    let mut article_env = pairs(&[("FETCH_ALLOW_ADDRS", &site)]);
    if !cause.only_busy {
        article_env.extend(pairs(cause.article_env));
    }
    let broken = World::start(Options {
        database_url: Some(healthy.database_url.clone()),
        article_env,
        scheduler_env: pairs(cause.scheduler_env),
        ..options()
    })
    .await;
    broken
        .model
        .set_script(cause.model.parse().expect("a script"));
    stack.read.clear();
    let began = stack.minute;
    let mut rang = (RING_MAX + 99, Vec::new());
    while stack.minute < began + RING_MAX {
        let count = if is_busy {
            2
        } else {
            usize::from(stack.minute == began)
        };
        let new = stack.add(&healthy, count).await;
        if cause.only_busy && !new.is_empty() {
            // each page is at an address that refuses
            let all =
                "UPDATE articles SET url = 'http://127.0.0.1:9/' || id WHERE processed_at IS NULL";
            broken.client.batch_execute(all).await.expect("moved");
        }
        let ringing = stack.minute(&broken, cause.parts).await;
        if ringing.iter().any(|it| it.starts_with("page")) {
            rang = (stack.minute - began, ringing);
            break;
        }
    }
    broken.stop().await;
    healthy.stop().await;
    rang
}

async fn every_cause_rings(is_busy: bool) {
    for cause in CAUSES.iter().filter(|cause| is_busy || !cause.only_busy) {
        let (minutes, ringing) = Box::pin(rings_after(cause, is_busy)).await;
        assert!(
            minutes <= RING_MAX,
            "nobody hears that {}, busy: {is_busy}: {ringing:?}",
            cause.name
        );
    }
}

#[tokio::test]
async fn whatever_stops_a_busy_stack_pages_within_a_quarter_of_an_hour() {
    every_cause_rings(true).await;
}

#[tokio::test]
async fn whatever_stops_a_quiet_stack_pages_within_a_quarter_of_an_hour() {
    every_cause_rings(false).await;
}

#[tokio::test]
async fn what_waits_for_a_site_or_heals_by_itself_rings_nothing() {
    let world = World::start(options()).await;
    let broken = World::start(Options {
        database_url: Some(world.database_url.clone()),
        scheduler_env: pairs(&[("DATABASE_URL", NO_DATABASE)]),
        ..options()
    })
    .await;
    let mut stack = Stack::new(&world);
    let far = [
        world.site.url("/fault/status?code=503&retry_after=7200"),
        world.site.url("/fault/status?code=403"),
    ];
    world.add(&far).await;
    for minute in 0..30 {
        if minute % 10 == 0 {
            stack.add(&world, 1).await;
        }
        if minute == 12 {
            // one pass fails; the next one is a good one again
            stack
                .minute(
                    &broken,
                    Parts {
                        schedule: true,
                        mapping: false,
                    },
                )
                .await;
            stack.read.clear();
            stack.read_log(&world, "article");
            stack.read_log(&world, "scheduler");
        } else {
            stack.minute(&world, WHOLE).await;
        }
        assert_eq!(stack.any_ringing(), Vec::<String>::new(), "minute {minute}");
    }
    let waits = "SELECT string_agg(state || ' ' || coalesce(error_class, ''), ', ' ORDER BY article_id) \
                 FROM article_work WHERE article_id <= 2";
    assert_eq!(
        world.text(waits).await,
        "retry http_server, retry http_denied"
    );
    let done = world
        .text("SELECT count(*) FROM article_work WHERE state = 'done'")
        .await;
    assert_eq!(done, "3", "work went on beside them");
    broken.stop().await;
    world.stop().await;
}

#[test]
fn every_alarm_names_its_chapter_and_every_metric_of_ours_is_made_by_a_filter() {
    let watch = template::read();
    let made: Vec<&str> = watch
        .filters
        .iter()
        .map(|filter| filter.metric.as_str())
        .collect();
    for alarm in &watch.alarms {
        assert!(alarm.description.contains("Runbook: "), "{}", alarm.name);
        let stats = match &alarm.query {
            cloudwatch::Query::One(stat) => vec![stat],
            cloudwatch::Query::IfEnough { count, value, .. } => vec![count, value],
        };
        for stat in stats
            .into_iter()
            .filter(|stat| stat.metric.starts_with("Gleaner/"))
        {
            assert!(
                made.contains(&stat.metric.as_str()),
                "{}: {}",
                alarm.name,
                stat.metric
            );
        }
    }
    assert!(watch.alarms.len() >= 15 && watch.alarms.iter().any(|alarm| !alarm.is_page));
}
