//! The world that the functions live in, for a shell script: Postgres with migrated tables and due
//! articles, the queue, the sample site and the LLM stand-in, all on loopback.
//!
//! `cargo run -p tests --example world [ARTICLES]` prints the functions' environment as shell
//! lines, `# ready` last, and stays until its standard input closes.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use cloud::sqs::{LocalSqs, SqsOptions};
use domain::Budget;
use postgres::{Postgres, PostgresOptions};
use runtime::clock;
use runtime::config::{Database, Environment, Reader};
use site::{PAGES, Site};
use stand_in::StandIn;
use store::{NewArticle, Store};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let articles: usize = std::env::args()
        .nth(1)
        .map_or(Ok(10), |count| count.parse())?;
    let folder = tempfile::tempdir()?;
    let mut options =
        PostgresOptions::from_environment(&Environment::of_process(), folder.path().join("data"));
    options.durable = false;
    let postgres = Postgres::start(&options).await?;
    postgres.ensure_database("news").await?;
    let database_url = postgres.url("news");
    let site = Site::start().await?;
    fill(&database_url, &site, articles).await?;
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let model = StandIn::start(loopback, stand_in::Options::default()).await?;
    let queue = LocalSqs::start(&SqsOptions::default()).await?;

    let mut stdout = std::io::stdout();
    for (name, value) in [
        ("DATABASE_URL", database_url),
        ("QUEUE_URL", queue.queue_url.clone()),
        ("AWS_ENDPOINT_URL_SQS", queue.endpoint.to_string()),
        ("AWS_REGION", "eu-west-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("FETCH_ALLOW_ADDRS", site.address().to_string()),
        ("LLM_BASE_URL", model.base_url()),
        ("LLM_MODEL", stand_in::MODEL.to_owned()),
    ] {
        writeln!(stdout, "export {name}='{value}'")?;
    }
    writeln!(stdout, "# ready")?;
    stdout.flush()?;

    let closed = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    closed.await??;
    queue.stop().await;
    model.stop().await;
    site.stop().await;
    let data = postgres.data_dir().to_owned();
    postgres.stop().await?;
    // As root the data lies elsewhere than in the folder.
    if data.exists() {
        std::fs::remove_dir_all(data)?;
    }
    Ok(())
}

/// Migrates, and adds articles whose pages the site has; ids count from 1.
async fn fill(database_url: &str, site: &Site, articles: usize) -> Result<(), Box<dyn Error>> {
    let environment = Environment::of_pairs([("DATABASE_URL", database_url)]);
    let mut reader = Reader::new(&environment);
    let database = Database::read(&mut reader);
    let database = reader.finish(|| database)?;
    let store = Store::new(&database, "gleaner-world")?;
    let budget = Budget::starting(clock::now(), Duration::from_mins(1));
    store.migrate(&budget).await?;
    let pages = PAGES.iter().cycle().take(articles).enumerate();
    let new: Vec<NewArticle> = pages
        .map(|(number, page)| NewArticle {
            url: format!("{}?copy={number}", site.url(page.path)),
            title: None,
        })
        .collect();
    let added = store.add(&budget, &new).await?;
    store.close(&budget).await;
    if added.inserted.len() == articles {
        Ok(())
    } else {
        Err("not every article was added".into())
    }
}
