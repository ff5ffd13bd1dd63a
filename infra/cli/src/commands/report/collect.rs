//! Reads from the database what a report is made of.

use std::time::Duration;

use domain::ArticleId;
use runtime::clock;
use serde_json::Value;
use store::{ArticleForReading, Choice, Store};
use time::OffsetDateTime;

use crate::args::ReportArgs;
use crate::failure::advise;
use crate::report_page::{Pipeline, ReportPage, article_json};
use crate::{database, print};

/// Articles when nothing is asked for.
const ARTICLES_DEFAULT: u32 = 200;

/// Articles of one file at most; a browser holds more, a reader does not.
const ARTICLES_MAX: u32 = 2_000;

/// Bytes of articles in one file at most.
const BYTES_MAX: usize = 48 * 1024 * 1024;

/// Articles read at once.
const PAGE: usize = 100;

/// Rejected quotes that are looked for in the other articles; each is a walk through their texts.
const LOOKUPS_MAX: usize = 40;

/// A shorter quote stands elsewhere by chance.
const LOOKUP_CHARS_MIN: usize = 20;

/// The pipeline's stretch of time when none is asked for.
const STRETCH: Duration = Duration::from_secs(7 * 86_400);

/// With `--all`: longer than any pipeline has run.
const STRETCH_ALL: Duration = Duration::from_secs(20 * 365 * 86_400);

/// Days of costs.
const COST_DAYS: u16 = 30;

/// The report that the arguments ask for.
pub(super) async fn page(args: &ReportArgs, store: &Store) -> anyhow::Result<ReportPage> {
    let budget = database::migration_budget();
    let is_chosen =
        !args.ids.is_empty() || args.since.is_some() || args.class.is_some() || args.all;
    let choice = Choice {
        ids: (!args.ids.is_empty()).then(|| args.ids.clone()),
        since: args.since,
        class: args.class,
        articles_max: if is_chosen {
            ARTICLES_MAX
        } else {
            ARTICLES_DEFAULT
        },
    };
    let chosen = store.choose(&budget, &choice).await?;
    let missing: Vec<String> = args
        .ids
        .iter()
        .filter(|id| !chosen.ids.contains(id))
        .map(ToString::to_string)
        .collect();
    if !missing.is_empty() && !args.watch {
        let missing = anyhow::anyhow!("article {} does not exist", missing.join(", "));
        return Err(advise(missing, "`gleaner status` shows what there is"));
    }
    let articles = articles(store, &chosen.ids).await?;
    let stretch = match args.since {
        Some(since) => since,
        None if args.all => STRETCH_ALL,
        None => STRETCH,
    };
    let now = clock::wall();
    let made = OffsetDateTime::from(now);
    Ok(ReportPage {
        made: format!(
            "made {} {:02}:{:02} UTC",
            made.date(),
            made.time().hour(),
            made.time().minute()
        ),
        note: note(articles.len(), chosen.found, is_chosen),
        articles,
        pipeline: Pipeline {
            stretch: if args.all {
                "since the beginning".to_owned()
            } else {
                format!("the last {}", stretch_words(stretch))
            },
            now,
            states: store.status(&budget).await?,
            failures: store.failures_by_class(&budget).await?,
            activity: store.activity(&budget, stretch).await?,
            cost: store.cost_by_day(&budget, COST_DAYS).await?,
            spent: store.spent_today(&budget).await?,
        },
        is_watched: args.watch,
    })
}

/// The articles as the page reads them; fewer when their bytes pass the limit.
async fn articles(store: &Store, ids: &[ArticleId]) -> anyhow::Result<Vec<Value>> {
    let budget = database::migration_budget();
    let mut read = Vec::new();
    let (mut bytes, mut lookups) = (0, 0);
    for page in ids.chunks(PAGE) {
        for article in store.for_reading(&budget, page).await? {
            let elsewhere = elsewhere(store, ids, &article, &mut lookups).await?;
            let json = article_json(&article, &elsewhere);
            bytes += json.to_string().len();
            if bytes > BYTES_MAX {
                return Ok(read);
            }
            read.push(json);
        }
    }
    Ok(read)
}

/// In which other articles of the report rejected quotes stand, by the number of the quote.
async fn elsewhere(
    store: &Store,
    ids: &[ArticleId],
    article: &ArticleForReading,
    lookups: &mut usize,
) -> anyhow::Result<Vec<(usize, ArticleId)>> {
    let mut found = Vec::new();
    for (number, rejected) in article.rejected.iter().enumerate() {
        if *lookups == LOOKUPS_MAX || rejected.quote.chars().count() < LOOKUP_CHARS_MIN {
            continue;
        }
        *lookups += 1;
        let budget = database::budget();
        let there = store
            .quoted_elsewhere(&budget, ids, article.article, &rejected.quote)
            .await?;
        found.extend(there.map(|id| (number, id)));
    }
    Ok(found)
}

/// `7 days`, `12 hours`, `30 minutes`.
fn stretch_words(stretch: Duration) -> String {
    let seconds = stretch.as_secs();
    let units = [
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let unit = units
        .iter()
        .find(|(length, _)| seconds.is_multiple_of(*length));
    let (length, name) = unit.copied().unwrap_or((1, "second"));
    print::count(
        usize::try_from(seconds / length).unwrap_or(usize::MAX),
        name,
    )
}

fn note(shown: usize, found: u64, is_chosen: bool) -> Option<String> {
    if u64::try_from(shown).is_ok_and(|shown| shown >= found) {
        return None;
    }
    let way = if is_chosen {
        "narrow it with IDS, --since or --class"
    } else {
        "ask for more with --all or --since"
    };
    Some(format!(
        "The newest {shown} of {found} articles are here; {way}."
    ))
}
