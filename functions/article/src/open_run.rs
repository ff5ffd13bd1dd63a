//! Opening a run: one look at the database, or a few while another worker asks about the same text.

use std::time::Duration;

use domain::Step;
use extract::Extracted;
use runtime::clock;
use store::{Gates, OpenRun, Run, RunIdentityRow, StoredRun, Text};

use crate::attempt::{Attempt, published};
use crate::attempt_error::AttemptError;
use crate::judge::BLOCKING;

/// Waits between two looks at a text that another worker asks about: its answer is reused within
/// this invocation when it comes soon. Longer waits are Postgres's, since this one is paid for.
const LOOKS: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_millis(400),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// What came of opening a run, where it leads on.
pub(crate) enum Opened {
    Run(Run),
    Reused(StoredRun),
}

impl Attempt<'_> {
    /// Stores the text, asks for a reusable run, the day's budget, breakers and finished chunks.
    pub(crate) async fn open_run(&mut self, extracted: &Extracted) -> Result<Opened, AttemptError> {
        self.enter(Step::OpenRun);
        let opened = self.open_or_wait(extracted).await;
        self.leave();
        match opened? {
            OpenRun::Open(run) => {
                self.run = Some((run.id, None));
                self.is_probe = !run.probes.is_empty();
                Ok(Opened::Run(run))
            }
            OpenRun::Reuse(stored) => Ok(Opened::Reused(stored)),
            OpenRun::AtWork { until_in: lease } => Err(AttemptError::TextAtWork { lease }),
            OpenRun::BreakerOpen { until_in, class } => Err(AttemptError::BreakerOpen {
                class,
                wait: until_in,
            }),
            OpenRun::BudgetSpent { spent, until_in } => Err(AttemptError::BudgetSpent {
                spent,
                stop: self.services.limits.stop.unwrap_or(spent),
                wait: until_in,
            }),
            OpenRun::LeaseLost => Err(AttemptError::LeaseLost),
        }
    }

    /// Looks again, a few times, while another worker has the text.
    async fn open_or_wait(&self, extracted: &Extracted) -> Result<OpenRun, AttemptError> {
        let mut looks = LOOKS.iter();
        loop {
            let opened = self.open(extracted).await?;
            let OpenRun::AtWork { .. } = opened else {
                return Ok(opened);
            };
            let wait = looks.next().filter(|wait| {
                let need = **wait + self.invocation.split.llm_min;
                self.budget.fits(need, clock::now())
            });
            match wait {
                Some(wait) => tokio::time::sleep(*wait).await,
                None => return Ok(opened),
            }
        }
    }

    async fn open(&self, extracted: &Extracted) -> Result<OpenRun, AttemptError> {
        let mut text = Text::new(&extracted.text, extract::VERSION);
        text.title = extracted.title.as_deref();
        text.language = extracted.language.as_deref();
        text.published = published(extracted);
        let identity = self.services.finder.key();
        let row = RunIdentityRow {
            prompt_version: &identity.prompt_version,
            schema_version: &identity.schema_version,
            model: &identity.model,
            endpoint: &identity.endpoint,
        };
        let gates = Gates {
            breakers: &self.services.breaker_keys(),
            blocking: &BLOCKING,
            stop: self.services.limits.stop,
        };
        let (store, budget) = (&self.services.store, &self.budget);
        Ok(store
            .open_run(budget, self.claim, &text, &row, &gates)
            .await?)
    }
}
