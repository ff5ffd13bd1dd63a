//! Both functions, the mapping that feeds one and the schedule that fires the other.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use cloud::lambda::{ACCOUNT, FunctionSpec, Functions, log_events};
use cloud::mapping::{EventSourceMapping, MappingObserver, MappingOptions, QueueIdentity};
use cloud::schedule::{Schedule, ScheduleObserver, ScheduleOptions};
use queue::Queue;
use runtime::config::{ArticleConfig, Environment, Reader, Route, SchedulerConfig, Sqs};

use crate::data_dir::DataDir;
use crate::database::Opened;
use crate::local_services::LocalServices;

/// The article function's time limit, as in the template.
const ARTICLE_LIMIT: Duration = Duration::from_secs(120);

/// The same when the model runs on this machine or in this network: it may be slow, and Lambda allows
/// no more.
const ARTICLE_LIMIT_NEAR: Duration = Duration::from_mins(15);

/// The scheduler function's time limit, as in the template.
const SCHEDULER_LIMIT: Duration = Duration::from_secs(60);

/// Memory that the functions are given, as in the template.
const MEMORY_MB: u32 = 512;

/// The template's period; what `--watch` keeps.
const WATCH_PERIOD: Duration = Duration::from_secs(60);

/// Between two passes of a run that ends by itself; most passes are fired by progress.
const RUN_PERIOD: Duration = Duration::from_secs(5);

/// What a run asks of its stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StackOptions {
    pub(crate) concurrency: u16,
    pub(crate) watch: bool,
    /// The article function's time limit, when it was chosen.
    pub(crate) timeout: Option<Duration>,
    /// What the ids of its invocations begin with.
    pub(crate) request_prefix: u32,
}

/// Everything, running.
pub(crate) struct Stack {
    pub(crate) schedule: Schedule,
    mapping: EventSourceMapping,
    article: Functions,
    scheduler: Functions,
    services: LocalServices,
}

impl Stack {
    /// Starts the functions and what feeds them.
    pub(crate) fn start(
        environment: &Environment,
        data_dir: &DataDir,
        database: &Opened,
        services: LocalServices,
        options: StackOptions,
        observers: (MappingObserver, ScheduleObserver),
    ) -> anyhow::Result<Self> {
        let article_variables = services.article_variables(environment, database);
        let scheduler_variables = services.scheduler_variables(environment, database);
        // a wrong variable is better reported here than by a process that does not start
        let article_config =
            ArticleConfig::read(&Environment::of_pairs(article_variables.clone()))?;
        let mut routes = article_config.llm.routes.iter();
        let is_near = !services.has_stand_in() && routes.any(Route::is_near);
        let usual = if is_near {
            ARTICLE_LIMIT_NEAR
        } else {
            ARTICLE_LIMIT
        };
        let scheduler_environment = Environment::of_pairs(scheduler_variables.clone());
        SchedulerConfig::read(&scheduler_environment)?;
        let mut reader = Reader::new(&scheduler_environment);
        let sqs = Sqs::read(&mut reader);
        let sqs = reader.finish(|| sqs)?;

        let article = functions(
            "article",
            data_dir,
            article_variables,
            options.concurrency.into(),
            options.timeout.unwrap_or(usual),
            options.request_prefix,
        )?;
        let scheduler = functions(
            "scheduler",
            data_dir,
            scheduler_variables,
            1,
            SCHEDULER_LIMIT,
            options.request_prefix,
        )?;
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
            services,
        })
    }

    /// Stops in order: nothing new is sent, nothing new is received, what is at work may end for
    /// `drain`, then everything else goes.
    pub(crate) async fn stop(self, drain: Duration) {
        self.schedule.stop(drain.min(Duration::from_secs(5))).await;
        self.mapping.stop(drain).await;
        self.article.stop(Duration::ZERO).await;
        self.scheduler.stop(Duration::ZERO).await;
        self.services.stop().await;
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

/// A pool of this very program, called again with its hidden command.
fn functions(
    name: &str,
    data_dir: &DataDir,
    env: Vec<(String, String)>,
    concurrency: usize,
    time_limit: Duration,
    request_prefix: u32,
) -> anyhow::Result<Functions> {
    let program: PathBuf = std::env::current_exe().context("find this program's own file")?;
    let log = std::path::absolute(data_dir.log(name)).context("name the log file")?;
    let spec = FunctionSpec {
        args: vec!["function".into(), name.into()],
        env,
        time_limit,
        memory_mb: MEMORY_MB,
        concurrency,
        request_prefix: Some(request_prefix),
        ..FunctionSpec::new(name, program, log)
    };
    Ok(Functions::start(spec, log_events()))
}
