//! What there is to report at the end of a run, read from the database.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

use domain::{ArticleId, WorkState};
use store::{Spent, StateCount, StoredFact, Summary};

use crate::commands::run::backlog::Ended;
use crate::data_dir::DataDir;
use crate::database::{self, Opened};

/// Articles whose first fact is shown.
const FACTS_SHOWN: usize = 4;

/// A run that has ended.
pub(super) struct RunReport<'a> {
    pub(super) database: &'a Opened,
    pub(super) data_dir: &'a DataDir,
    pub(super) how: Ended,
    /// Whether the facts are the stand-in's.
    pub(super) stand_in: bool,
    pub(super) took: Duration,
    /// How many articles it worked on.
    pub(super) worked_on: usize,
    /// The articles it worked on.
    pub(super) articles: Vec<Summary>,
    /// The first fact of the first few of them.
    pub(super) facts: Vec<(ArticleId, StoredFact)>,
    pub(super) states: Vec<StateCount>,
    pub(super) spent: Spent,
}

/// A run as its own process saw it.
pub(super) struct RunEnd {
    /// The articles it worked on.
    pub(super) ids: BTreeSet<ArticleId>,
    pub(super) how: Ended,
    /// Whether the facts are the stand-in's.
    pub(super) stand_in: bool,
}

impl<'a> RunReport<'a> {
    /// Reads what became of the articles that the run worked on.
    pub(super) async fn read(
        database: &'a Opened,
        data_dir: &'a DataDir,
        end: RunEnd,
        took: Duration,
    ) -> anyhow::Result<Self> {
        let store = &database.store;
        let ids: Vec<ArticleId> = end.ids.into_iter().collect();
        let limit = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        let articles = store
            .summaries(&database::budget(), Some(&ids), limit)
            .await?;
        let mut facts = Vec::new();
        let with_facts = articles
            .iter()
            .filter(|article| article.facts_count.unwrap_or(0) > 0);
        for article in with_facts.take(FACTS_SHOWN) {
            let found = store.facts(&database::budget(), article.article).await?;
            facts.extend(found.into_iter().next().map(|fact| (article.article, fact)));
        }
        Ok(Self {
            database,
            data_dir,
            how: end.how,
            stand_in: end.stand_in,
            took,
            worked_on: ids.len(),
            articles,
            facts,
            states: store.status(&database::budget()).await?,
            spent: store.spent_today(&database::budget()).await?,
        })
    }

    /// Whether every article is done.
    pub(super) fn exit_code(&self) -> ExitCode {
        let all_done = self
            .states
            .iter()
            .all(|it| it.state == WorkState::Done.as_str() || it.articles == 0);
        match (self.how, all_done) {
            (Ended::NothingDue, true) => ExitCode::SUCCESS,
            // what a shell says of Ctrl-C
            (Ended::Interrupted, _) => ExitCode::from(130),
            (Ended::NothingDue, false) | (Ended::HeldBack, _) => ExitCode::FAILURE,
        }
    }
}
