//! The services beside the functions: queue, model and sample site, each ours or the user's, and the
//! variables by which the functions find them.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use cloud::sqs::{LocalSqs, SqsOptions};
use runtime::config::Environment;
use site::Site;
use stand_in::StandIn;

use crate::data_dir::DataDir;
use crate::database::Opened;
use crate::failure::advise;

/// A queued id is sent again after this: the local queue does not outlive its runner.
const REQUEUE_AFTER_S: u32 = 180;

/// Ports tried for the sample site; its URLs stand in the database, so the port should stay.
const SITE_PORTS: u16 = 40;

/// Variables of ours that reach the article function as they are.
const ARTICLE_VARIABLES: [&str; 19] = [
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
    "LLM_KEY_HEADER",
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

/// The services beside the functions: each our own, or the user's.
pub(crate) struct LocalServices {
    sqs: Option<LocalSqs>,
    model: Option<StandIn>,
    site: Option<Site>,
}

impl LocalServices {
    /// Starts what the environment does not name: queue, model, and the site if it is wanted.
    pub(crate) async fn start(
        environment: &Environment,
        data_dir: &DataDir,
        delay: Option<Duration>,
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
            let delay = delay.unwrap_or(Duration::ZERO);
            let behaviour = stand_in::Options {
                delay,
                ..stand_in::Options::default()
            };
            started.model = Some(StandIn::start(any, behaviour).await?);
        }
        if with_site {
            started.site = Some(start_site(data_dir).await?);
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
    pub(crate) fn article_variables(
        &self,
        environment: &Environment,
        database: &Opened,
    ) -> Vec<(String, String)> {
        let mut variables = passed_on(environment, &ARTICLE_VARIABLES);
        let mut set = |name: &str, value: String| variables.push((name.to_owned(), value));
        set("DATABASE_URL", database.settings.url.expose().to_owned());
        if !database.settings.search_path.is_empty() {
            set("DATABASE_SCHEMA", database.settings.search_path.join(","));
        }
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
    pub(crate) fn scheduler_variables(
        &self,
        environment: &Environment,
        database: &Opened,
    ) -> Vec<(String, String)> {
        let mut variables = passed_on(environment, &SCHEDULER_VARIABLES);
        let mut set = |name: &str, value: String| variables.push((name.to_owned(), value));
        set("DATABASE_URL", database.settings.url.expose().to_owned());
        if !database.settings.search_path.is_empty() {
            set("DATABASE_SCHEMA", database.settings.search_path.join(","));
        }
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

fn passed_on(environment: &Environment, names: &[&str]) -> Vec<(String, String)> {
    let set = names
        .iter()
        .filter_map(|name| Some((*name, environment.get(name)?)));
    set.map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The sample site at the port it had, or at the first free one.
async fn start_site(data_dir: &DataDir) -> anyhow::Result<Site> {
    let at = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    if let Some(port) = data_dir.site_port() {
        let started = Site::start_on(at(port)).await;
        let advice = || {
            format!(
                "stop what uses port {port}, or remove {}",
                data_dir.root().display()
            )
        };
        return started.map_err(|error| advise(error, advice()));
    }
    let first = data_dir.first_port();
    for port in first..first + SITE_PORTS {
        match Site::start_on(at(port)).await {
            Ok(site) => {
                data_dir.keep_site_port(port)?;
                return Ok(site);
            }
            Err(error) => tracing::debug!(%error, port, "the port is taken"),
        }
    }
    let site = Site::start().await?;
    data_dir.keep_site_port(site.address().port())?;
    Ok(site)
}
