//! `gleaner up`: what the functions talk to, up for containers, until Ctrl-C or `gleaner down`.
//!
//! Postgres, queue, sample site and stand-in, with due articles and with nothing that works them
//! off: no mapping and no schedule, so that `sam local invoke` does. All of it is made anew at each
//! start and gone at the end.

mod docker;
mod env_file;
mod running;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use cloud::sqs::{LocalSqs, SqsOptions};
use domain::Budget;
use postgres::{ContainerNetwork, Postgres, PostgresOptions, data_dir as real_data_dir};
use runtime::config::Environment;
use serde_json::json;
use site::{PAGES, Site};
use stand_in::StandIn;
use store::NewArticle;

pub(crate) use running::down;

use crate::args::UpArgs;
use crate::data_dir::DataDir;
use crate::screen::Screen;
use crate::signals::Signals;
use crate::{database, print};
use running::Running;

/// The database's name.
const DATABASE: &str = "gleaner";

pub(crate) async fn up(args: UpArgs) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let data_dir = DataDir::of(&environment);
    data_dir.make()?;
    let running = Running::begin(&data_dir)?;
    let mut signals = Signals::listen()?;
    let screen = Screen::new(args.json);
    let network = if args.loopback {
        None
    } else {
        docker::make_network(&screen).await?
    };
    let served = serve(
        &args,
        &environment,
        &data_dir,
        network.as_ref(),
        &mut signals,
    )
    .await;
    if network.is_some() {
        docker::remove_network().await;
    }
    drop(running);
    served.map(|()| ExitCode::SUCCESS)
}

/// The database around everything else: when it ends, all does.
async fn serve(
    args: &UpArgs,
    environment: &Environment,
    data_dir: &DataDir,
    network: Option<&ContainerNetwork>,
    signals: &mut Signals,
) -> anyhow::Result<()> {
    let screen = Screen::new(args.json);
    let line = screen.begin("starting Postgres");
    let options = PostgresOptions {
        durable: false,
        network: network.cloned(),
        ..PostgresOptions::from_environment(environment, data_dir.root().join("up"))
    };
    if let Some(left_over) = real_data_dir(&options) {
        remove(&left_over)?;
    }
    let mut postgres = Postgres::start(&options).await?;
    line.done(&format!(
        "Postgres {} on port {}",
        postgres.major(),
        postgres.port()
    ));
    let url = postgres.url(DATABASE);
    let url_there = network.map_or_else(|| url.clone(), |it| postgres.url_at(it.gateway, DATABASE));
    postgres.ensure_database(DATABASE).await?;
    let served = tokio::select! {
        served = services(args, network, &url, url_there, &screen, signals) => served,
        ended = postgres.ended() => Err(anyhow::anyhow!("Postgres ended by itself: {ended:?}")),
    };
    let root = postgres.data_dir().to_owned();
    let stopped = postgres.stop().await;
    remove(&root)?;
    served.and(stopped.map_err(Into::into))
}

/// Queue, site and stand-in, the due articles, and what to type; waits for the end.
async fn services(
    args: &UpArgs,
    network: Option<&ContainerNetwork>,
    database_url: &str,
    database_url_there: String,
    screen: &Screen,
    signals: &mut Signals,
) -> anyhow::Result<()> {
    let ip = IpAddr::V4(network.map_or(Ipv4Addr::LOCALHOST, |network| network.gateway));
    let any_port = SocketAddr::from((ip, 0));
    let line = screen.begin("starting queue, model and site");
    let queue = LocalSqs::start(&SqsOptions {
        ip,
        ..SqsOptions::default()
    })
    .await?;
    let behaviour = stand_in::Options {
        for_containers: network.is_some(),
        ..stand_in::Options::default()
    };
    let model = StandIn::start(any_port, behaviour).await?;
    let site = Site::start_on(any_port).await?;
    line.done("queue, sample site, and a stand-in for the LLM (rules, not a language model)");
    let line = screen.begin("migrating");
    fill(database_url, &site, args.articles).await?;
    line.done(&format!(
        "schema made, {} due",
        print::count(args.articles.into(), "article")
    ));

    env_file::write(&env_file::Variables {
        database_url: database_url_there,
        queue_url: queue.queue_url.clone(),
        queue_endpoint: queue.endpoint.to_string(),
        allow_addrs: site.address().to_string(),
        llm_base_url: model.base_url(),
    })?;
    tell(args.json, network.is_some(), database_url);
    signals.next().await;
    screen.say("  stopping");
    env_file::remove()?;
    model.stop().await;
    site.stop().await;
    queue.stop().await;
    Ok(())
}

/// Migrates, and adds articles whose pages the site has; ids count from 1.
async fn fill(database_url: &str, site: &Site, articles: u16) -> anyhow::Result<()> {
    let store = database::store_at(database_url)?;
    let budget: Budget = database::migration_budget();
    store.migrate(&budget).await?;
    let pages = PAGES.iter().cycle().take(articles.into()).enumerate();
    let new = pages.map(|(number, page)| NewArticle {
        url: format!("{}?copy={number}", site.url(page.path)),
        title: Some(page.title.to_owned()),
    });
    let new: Vec<NewArticle> = new.collect();
    store.add(&budget, &new).await?;
    store.close(&budget).await;
    Ok(())
}

/// Says what to type next.
fn tell(as_json: bool, in_network: bool, database_url: &str) {
    let commands = commands(std::env::consts::ARCH, in_network);
    if as_json {
        let told = json!({
            "database_url": database_url,
            "env_file": env_file::NAME,
            "docker_network": in_network.then_some(docker::NAME),
            "commands": commands,
        });
        anstream::println!("{told}");
        return;
    }
    if !in_network {
        let only = "On loopback: containers cannot reach it; functions without a container can.";
        anstream::println!("\n{}", print::wait(only));
    }
    anstream::println!("\n{}", print::strong("What to type, in another terminal"));
    for command in commands {
        anstream::println!("  {command}");
    }
    let end = "Ctrl-C here, or `cargo gleaner down`, ends it and takes its data away.";
    anstream::println!("{}", print::faint(end));
}

/// The three lines; `architecture` as the compiler names this machine's.
fn commands(architecture: &str, in_network: bool) -> Vec<String> {
    let own = format!(" --parameter-overrides Architecture={architecture}");
    let network = if in_network {
        format!(" --docker-network {}", docker::NAME)
    } else {
        String::new()
    };
    let invoke = |function: &str, event: &str| {
        let file = env_file::NAME;
        format!(
            "sam local invoke {function} -e tests/events/{event}.json --env-vars {file}{network}{own}"
        )
    };
    vec![
        format!("sam build{own}"),
        invoke("SchedulerFunction", "schedule"),
        invoke("ArticleFunction", "sqs-one"),
    ]
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_prints_the_lines_that_the_command_prints() {
        let readme = include_str!("../../../../README.md");

        for command in commands("$(uname -m)", true) {
            assert!(readme.contains(&command), "{command}");
        }
    }

    #[test]
    fn without_a_network_none_is_named() {
        let commands = commands("x86_64", false);

        assert!(commands.iter().all(|it| !it.contains("docker-network")));
        assert_eq!(
            commands[0],
            "sam build --parameter-overrides Architecture=x86_64"
        );
    }
}
