//! Everything a run needs, up and connected: database, queue, model, site, both functions, the
//! mapping that feeds one and the schedule that fires the other.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use local::lambda::{ACCOUNT, FunctionSpec, Functions, log_events};
use local::mapping::{EventSourceMapping, MappingObserver, MappingOptions, QueueIdentity};
use local::schedule::{Schedule, ScheduleObserver, ScheduleOptions};
use local::site::Site;
use local::sqs::{LocalSqs, SqsOptions};
use local::stand_in::{self, StandIn};
use queue::Queue;
use runtime::config::{ArticleConfig, Environment, Reader, SchedulerConfig, Sqs};

use crate::database::Opened;
use crate::failure::advise;
use crate::place::Place;

/// The article function's time limit, as in the template.
const ARTICLE_LIMIT: Duration = Duration::from_secs(120);

/// The scheduler function's time limit, as in the template.
const SCHEDULER_LIMIT: Duration = Duration::from_secs(60);

/// Memory that is told to the functions, as in the template.
const MEMORY_MB: u32 = 512;

/// The template's period; what `--watch` keeps.
const WATCH_PERIOD: Duration = Duration::from_secs(60);

/// Between two passes of a run that ends by itself; most passes are fired by progress.
const RUN_PERIOD: Duration = Duration::from_secs(5);

/// A queued id is sent again after this: the local queue does not outlive its runner.
const REQUEUE_AFTER_S: u32 = 180;

/// Ports tried for the sample site; its URLs stand in the database, so the port should stay.
const SITE_PORTS: u16 = 40;

/// Variables of ours that reach the article function as they are.
const ARTICLE_VARIABLES: [&str; 18] = [
    "DATABASE_TLS",
    "DATABASE_CA_FILE",
    "EXTRACT_SELECTORS",
    "FETCH_CONTACT",
    "FETCH_DNS",
    "FETCH_CA_FILE",
    "GLEANER_LOG",
    "GLEANER_LLM_TIME_S",
    "LLM_API_KEY",
    "LLM_BASE_URL",
    "LLM_BUDGET_STOP_USD",
    "LLM_BUDGET_WARN_USD",
    "LLM_CA_FILE",
    "LLM_DIALECT",
    "LLM_MODEL",
    "LLM_MODELS",
    "LLM_PRICES",
    "GLEANER_TIMEOUT_DEFAULT_S",
];

/// Variables that reach the scheduler function as they are.
const SCHEDULER_VARIABLES: [&str; 10] = [
    "DATABASE_TLS",
    "DATABASE_CA_FILE",
    "GLEANER_LOG",
    "GLEANER_TARGET_DEPTH",
    "LLM_BUDGET_STOP_USD",
    "LLM_BUDGET_WARN_USD",
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

/// What a run asks of its stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StackOptions {
    pub(crate) concurrency: u16,
    pub(crate) watch: bool,
    pub(crate) delay: Option<Duration>,
}

/// The parts beside the functions: each our own, or the user's.
pub(crate) struct Surroundings {
    sqs: Option<LocalSqs>,
    model: Option<StandIn>,
    site: Option<Site>,
}

/// Everything, running.
pub(crate) struct Stack {
    pub(crate) schedule: Schedule,
    mapping: EventSourceMapping,
    article: Functions,
    scheduler: Functions,
    surroundings: Surroundings,
}

impl Surroundings {
    /// Starts what the environment does not name: queue, model, and the site if it is wanted.
    pub(crate) async fn start(
        environment: &Environment,
        place: &Place,
        options: StackOptions,
        with_site: bool,
    ) -> anyhow::Result<Self> {
        let is_set = |name| environment.get(name).is_some();
        let own_queue = is_set("QUEUE_URL");
        let own_model = is_set("LLM_BASE_URL") || is_set("LLM_MODEL") || is_set("LLM_MODELS");
        let mut started = Self {
            sqs: None,
            model: None,
            site: None,
        };
        if !own_queue {
            started.sqs = Some(LocalSqs::start(&SqsOptions::default()).await?);
        }
        if !own_model {
            let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
            let delay = options.delay.unwrap_or(Duration::ZERO);
            let behaviour = stand_in::Options {
                delay,
                ..stand_in::Options::default()
            };
            started.model = Some(StandIn::start(any, behaviour).await?);
        }
        if with_site {
            started.site = Some(start_site(place).await?);
        }
        Ok(started)
    }

    /// The sample site, when it is up.
    pub(crate) fn site(&self) -> Option<&Site> {
        self.site.as_ref()
    }

    /// Whether facts come from the stand-in and not from a language model.
    pub(crate) fn has_stand_in(&self) -> bool {
        self.model.is_some()
    }

    /// Stops what was started.
    pub(crate) async fn stop(self) {
        if let Some(model) = self.model {
            model.stop().await;
        }
        if let Some(site) = self.site {
            site.stop().await;
        }
        if let Some(sqs) = self.sqs {
            sqs.stop().await;
        }
    }

    /// The article function's variables.
    fn article_variables(
        &self,
        environment: &Environment,
        database: &Opened,
    ) -> Vec<(String, String)> {
        let mut variables = passed_on(environment, &ARTICLE_VARIABLES);
        let mut set = |name: &str, value: String| variables.push((name.to_owned(), value));
        set("DATABASE_URL", database.settings.url.expose().to_owned());
        let theirs = environment.get("FETCH_ALLOW_ADDRS").map(str::to_owned);
        let ours = self.site.as_ref().map(|site| site.address().to_string());
        let allowed: Vec<String> = theirs.into_iter().chain(ours).collect();
        if !allowed.is_empty() {
            set("FETCH_ALLOW_ADDRS", allowed.join(","));
        }
        if let Some(model) = &self.model {
            set("LLM_BASE_URL", model.base_url());
            set("LLM_MODEL", stand_in::MODEL.to_owned());
        }
        variables
    }

    /// The scheduler function's variables.
    fn scheduler_variables(
        &self,
        environment: &Environment,
        database: &Opened,
    ) -> Vec<(String, String)> {
        let mut variables = passed_on(environment, &SCHEDULER_VARIABLES);
        let mut set = |name: &str, value: String| variables.push((name.to_owned(), value));
        set("DATABASE_URL", database.settings.url.expose().to_owned());
        set("GLEANER_REQUEUE_AFTER_S", REQUEUE_AFTER_S.to_string());
        if let Some(sqs) = &self.sqs {
            set("QUEUE_URL", sqs.queue_url.clone());
            set("AWS_ENDPOINT_URL_SQS", sqs.endpoint.to_string());
            for (name, value) in [
                ("AWS_REGION", "eu-west-1"),
                ("AWS_ACCESS_KEY_ID", "local"),
                ("AWS_SECRET_ACCESS_KEY", "local"),
            ] {
                if environment.get(name).is_none() {
                    set(name, value.to_owned());
                }
            }
        } else {
            for name in ["QUEUE_URL", "AWS_ENDPOINT_URL_SQS"] {
                if let Some(value) = environment.get(name) {
                    set(name, value.to_owned());
                }
            }
        }
        variables
    }
}

impl Stack {
    /// Starts the functions and what feeds them.
    pub(crate) fn start(
        environment: &Environment,
        place: &Place,
        database: &Opened,
        surroundings: Surroundings,
        options: StackOptions,
        observers: (MappingObserver, ScheduleObserver),
    ) -> anyhow::Result<Self> {
        let article_variables = surroundings.article_variables(environment, database);
        let scheduler_variables = surroundings.scheduler_variables(environment, database);
        // a wrong variable is better told here than by a process that does not start
        ArticleConfig::read(&Environment::of_pairs(article_variables.clone()))?;
        let scheduler_environment = Environment::of_pairs(scheduler_variables.clone());
        SchedulerConfig::read(&scheduler_environment)?;
        let mut reader = Reader::new(&scheduler_environment);
        let sqs = Sqs::read(&mut reader);
        let sqs = reader.finish(|| sqs)?;

        let article = functions(
            "article",
            place,
            article_variables,
            options.concurrency.into(),
            ARTICLE_LIMIT,
        )?;
        let scheduler = functions("scheduler", place, scheduler_variables, 1, SCHEDULER_LIMIT)?;
        let (mapping_observer, schedule_observer) = observers;
        let identity = identity(&sqs);
        let mapping = EventSourceMapping::start(
            MappingOptions::new(identity, options.concurrency.into()),
            Queue::new(&sqs),
            article.clone(),
            mapping_observer,
        );
        let period = if options.watch {
            WATCH_PERIOD
        } else {
            RUN_PERIOD
        };
        let schedule = Schedule::start(
            ScheduleOptions::new("gleaner", period),
            scheduler.clone(),
            schedule_observer,
        );
        Ok(Self {
            schedule,
            mapping,
            article,
            scheduler,
            surroundings,
        })
    }

    /// Stops in order: nothing new is sent, nothing new is received, what is at work may end for
    /// `drain`, then everything else goes.
    pub(crate) async fn stop(self, drain: Duration) {
        self.schedule.stop(drain.min(Duration::from_secs(5))).await;
        self.mapping.stop(drain).await;
        self.article.stop(Duration::ZERO).await;
        self.scheduler.stop(Duration::ZERO).await;
        self.surroundings.stop().await;
    }
}

/// The queue as records name it.
fn identity(sqs: &Sqs) -> QueueIdentity {
    let name = sqs.queue_url.rsplit('/').next().unwrap_or("articles");
    QueueIdentity {
        arn: format!("arn:aws:sqs:{}:{ACCOUNT}:{name}", sqs.region),
        region: sqs.region.clone(),
    }
}

fn passed_on(environment: &Environment, names: &[&str]) -> Vec<(String, String)> {
    let set = names
        .iter()
        .filter_map(|name| Some((*name, environment.get(name)?)));
    set.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// A pool of this very program, called again with its hidden command.
fn functions(
    name: &str,
    place: &Place,
    env: Vec<(String, String)>,
    concurrency: usize,
    time_limit: Duration,
) -> anyhow::Result<Functions> {
    let program: PathBuf = std::env::current_exe().context("find this program's own file")?;
    let log = std::path::absolute(place.log(name)).context("name the log file")?;
    let spec = FunctionSpec {
        args: vec!["function".into(), name.into()],
        env,
        time_limit,
        memory_mb: MEMORY_MB,
        concurrency,
        ..FunctionSpec::new(name, program, log)
    };
    Ok(Functions::start(spec, log_events()))
}

/// The sample site at the port it had, or at the first free one.
async fn start_site(place: &Place) -> anyhow::Result<Site> {
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    if let Some(port) = place.site_port() {
        let started = Site::start_on(at(port)).await;
        let advice = || {
            format!(
                "stop what uses port {port}, or remove {}",
                place.root().display()
            )
        };
        return started.map_err(|error| advise(error, advice()));
    }
    let first = place.first_port();
    for port in first..first + SITE_PORTS {
        match Site::start_on(at(port)).await {
            Ok(site) => {
                place.keep_site_port(port)?;
                return Ok(site);
            }
            Err(error) => tracing::debug!(%error, port, "the port is taken"),
        }
    }
    let site = Site::start().await?;
    place.keep_site_port(site.address().port())?;
    Ok(site)
}
