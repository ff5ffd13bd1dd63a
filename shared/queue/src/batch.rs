//! Batches: entries are named by their place, and the answer is held against what was asked.
//!
//! The queue answers a batch with 200 and two lists of names. Done is what the first one names, and
//! nothing else: an entry of neither list is not done, and an answer that names entries of no such
//! batch, or one of them twice, is an answer to something else.

use aws_sdk_sqs::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::BatchResultErrorEntry;
use domain::{Budget, Step};
use runtime::within;

use crate::QueueError;

/// The service's own bound.
pub(crate) const BATCH_MAX: usize = 10;

/// The code of an entry of which the queue says nothing.
const NOT_CONFIRMED: &str = "not_confirmed";

/// A name in an error; the service's own names are as long at most.
const NAME_CHARS_MAX: usize = 80;

/// An entry that is not done, by its place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotDone {
    pub(crate) place: usize,
    /// The queue's code, or [`NOT_CONFIRMED`].
    pub(crate) code: String,
    /// Whether the queue blames the request.
    pub(crate) sender_fault: bool,
}

/// What is asked of the queue, for errors, and the step it is timed as.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) action: &'static str,
    pub(crate) step: Step,
}

impl Request {
    /// The entries of a batch, each made of its name and what it stands for.
    pub(crate) fn entries<T, E>(
        self,
        of: &[T],
        entry: impl Fn(String, &T) -> Result<E, BuildError>,
    ) -> Result<Vec<E>, QueueError> {
        let named = of.iter().enumerate();
        let made = named.map(|(place, one)| entry(place.to_string(), one));
        let made: Result<Vec<E>, BuildError> = made.collect();
        made.map_err(|source| QueueError::Request {
            action: self.action,
            source: source.into(),
        })
    }

    /// Waits for the answer, within the budget.
    pub(crate) async fn answer<A, E>(
        self,
        budget: &Budget,
        sending: impl Future<Output = Result<A, SdkError<E>>>,
    ) -> Result<A, QueueError>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let action = self.action;
        let answer = within(self.step, budget, sending).await;
        let answer = answer.map_err(|source| QueueError::TimedOut { action, source })?;
        answer.map_err(|error| QueueError::of_sdk(action, error))
    }

    /// What of a batch of `size` entries is not done, in order.
    pub(crate) fn not_done(
        self,
        size: usize,
        done: &[&str],
        refused: &[BatchResultErrorEntry],
    ) -> Result<Vec<NotDone>, QueueError> {
        let mut said = vec![Said::Nothing; size];
        let refused = refused
            .iter()
            .map(|entry| (entry.id(), Said::Refused(entry)));
        let done = done.iter().map(|name| (*name, Said::Done));
        for (name, word) in done.chain(refused) {
            let place = name.parse::<usize>().ok();
            match place.and_then(|place| said.get_mut(place)) {
                Some(slot @ Said::Nothing) => *slot = word,
                Some(Said::Done | Said::Refused(_)) | None => {
                    return Err(QueueError::Answer {
                        action: self.action,
                        entry: name.chars().take(NAME_CHARS_MAX).collect(),
                        size,
                    });
                }
            }
        }
        let said = said.into_iter().enumerate();
        let not_done = said.filter_map(|(place, word)| {
            let (code, sender_fault) = match word {
                Said::Done => return None,
                Said::Refused(entry) => (entry.code(), entry.sender_fault()),
                Said::Nothing => (NOT_CONFIRMED, false),
            };
            Some(NotDone {
                place,
                code: code.to_owned(),
                sender_fault,
            })
        });
        Ok(not_done.collect())
    }
}

/// What the queue says of an entry.
#[derive(Clone, Copy)]
enum Said<'a> {
    Nothing,
    Done,
    Refused(&'a BatchResultErrorEntry),
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: Request = Request {
        action: "send a batch to",
        step: Step::Send,
    };

    fn refused(name: &str) -> BatchResultErrorEntry {
        let entry = BatchResultErrorEntry::builder();
        let entry = entry.id(name).code("InternalError").sender_fault(false);
        entry.build().expect("an entry")
    }

    fn judged(done: &[&str], refusals: &[&str]) -> Result<Vec<(usize, String)>, QueueError> {
        let refusals: Vec<_> = refusals.iter().map(|name| refused(name)).collect();
        let judged = REQUEST.not_done(3, done, &refusals)?;
        let judged = judged.into_iter().map(|entry| (entry.place, entry.code));
        Ok(judged.collect())
    }

    #[test]
    fn done_is_what_the_queue_names_as_done_and_nothing_else() {
        assert_eq!(judged(&["2", "0", "1"], &[]).expect("it fits"), []);
        assert_eq!(
            judged(&["0", "2"], &["1"]).expect("it fits"),
            [(1, "InternalError".to_owned())]
        );
        assert_eq!(
            judged(&["1"], &["0"]).expect("it fits"),
            [
                (0, "InternalError".to_owned()),
                (2, "not_confirmed".to_owned())
            ]
        );
    }

    #[test]
    fn an_answer_with_names_of_another_batch_is_none() {
        for (done, refusals) in [
            (&["0", "1", "2"][..], &["7"][..]),
            (&["0", "1"], &["x2"]),
            (&["0", "1", "3"], &[]),
            (&["0", "1", "2"], &["2"]),
            (&["0", "0", "1"], &[]),
            (&[""], &[]),
        ] {
            let answer = judged(done, refusals);

            assert!(
                matches!(answer, Err(QueueError::Answer { size: 3, .. })),
                "{done:?} {refusals:?}: {answer:?}"
            );
        }
    }
}
