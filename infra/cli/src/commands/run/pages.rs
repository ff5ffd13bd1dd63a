//! What a run works on besides what is due: the pages that were named, or the samples.

use site::{PAGES, Site};
use store::{NewArticle, Store};

use crate::args::RunArgs;
use crate::data_dir::DataDir;
use crate::database::{self, Opened};
use crate::print;
use crate::screen::Screen;

/// A prefix that no URL has.
const NOWHERE: &str = "nowhere:";

/// The samples are for a database of ours: when nothing else is asked for, or when some of them
/// are not done yet. Nothing is added to the users' own table unless they ask for it.
pub(super) fn wants_samples(
    args: &RunArgs,
    data_dir: &DataDir,
    urls: &[String],
    database: &Opened,
) -> bool {
    if database.is_foreign {
        return args.samples;
    }
    data_dir.site_port().is_some() || urls.is_empty()
}

/// What to do when the users' own table holds nothing and nothing is added to it.
pub(super) async fn explain_empty(database: &Opened, screen: &Screen) -> anyhow::Result<()> {
    let progress = database.store.progress(&database::budget()).await?;
    if progress.is_empty {
        screen.say(
            "  articles is empty: insert rows with a url, or give URLs here; `--samples` adds sample pages",
        );
    }
    Ok(())
}

/// Adds the user's pages, or the samples when there are none.
pub(super) async fn add(
    urls: &[String],
    site: Option<&Site>,
    store: &Store,
    screen: &Screen,
) -> anyhow::Result<()> {
    let own = urls.iter().map(|url| NewArticle {
        url: url.clone(),
        title: None,
    });
    let own: Vec<NewArticle> = own.collect();
    if !own.is_empty() {
        let added = store.add(&database::budget(), &own).await?;
        let known = match added.known.len() {
            0 => String::new(),
            number => format!(", {number} already known"),
        };
        screen.say(&format!(
            "  + {}{known}",
            print::count(added.inserted.len(), "new page")
        ));
        return Ok(());
    }
    let Some(site) = site else { return Ok(()) };
    let samples = PAGES.iter().map(|page| NewArticle {
        url: site.url(page.path),
        title: Some(page.title.to_owned()),
    });
    let samples: Vec<NewArticle> = samples.collect();
    let added = store.add(&database::budget(), &samples).await?;
    if !added.inserted.is_empty() {
        let number = added.inserted.len();
        screen.say(&format!(
            "  + {number} sample pages of the US government, served from here"
        ));
    }
    Ok(())
}

/// What waits for a later moment is due now, except pages of a sample site that is not up.
pub(super) async fn release_waiting(site: Option<&Site>, store: &Store) -> anyhow::Result<()> {
    let served = site.map(|site| site.url("/"));
    let served = served.as_deref().unwrap_or(NOWHERE);
    store.release_waiting(&database::budget(), served).await?;
    Ok(())
}
