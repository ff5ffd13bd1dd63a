//! Which sentences go into which call.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::plan::sentences::Sentence;

/// A text estimated at no more tokens than this goes out in one call.
const ONE_CALL_TOKENS: u32 = 6_000;

/// A chunk of a longer text.
const CHUNK_TOKENS: u32 = 4_000;

/// Calls for one text; at 4,000 tokens each, twelve cover 60,000 characters of most scripts.
const CHUNKS_MAX: usize = 12;

/// Sentences shown on either side of a chunk, so that "he" and "there" resolve.
const CONTEXT_SENTENCES: usize = 3;

/// A run of sentences that one call is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Its number within the run.
    pub(crate) index: i32,
    /// The sentences that facts are taken from.
    pub(crate) focus: Range<usize>,
}

impl Chunk {
    /// The sentences that are shown: the focus and its context.
    pub(crate) fn shown(focus: &Range<usize>, sentences: usize) -> Range<usize> {
        focus.start.saturating_sub(CONTEXT_SENTENCES)
            ..(focus.end + CONTEXT_SENTENCES).min(sentences)
    }
}

/// A plan for the sentences that are not finished yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) chunks: Vec<Chunk>,
    /// Sentences that no call is left for.
    pub(crate) left_out: Vec<Range<usize>>,
    /// A number beyond those of the chunks and of what earlier attempts have finished.
    pub(crate) next_index: i32,
}

/// Estimated tokens of a text, in thousandths.
pub(crate) fn milli_tokens(text: &str) -> u64 {
    let ascii = text.bytes().filter(u8::is_ascii).count() as u64;
    let other = text.len() as u64 - ascii;
    // ascii / 3.5 + other / 2.4
    ascii * 2_000 / 7 + other * 5_000 / 12
}

/// Reported tokens over estimated ones, in thousandths; learnt while warm. Scripts and vocabularies
/// differ, so an estimate alone may be off by half.
#[derive(Debug)]
pub(crate) struct Correction(AtomicU32);

impl Default for Correction {
    fn default() -> Self {
        Self(AtomicU32::new(1_000))
    }
}

impl Correction {
    pub(crate) fn thousandths(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Leans a quarter of the way to what one answer reported, within sense.
    pub(crate) fn learn(&self, reported: i64, estimated_milli: u64) {
        let reported = u64::try_from(reported).unwrap_or(0) * 1_000_000;
        let ratio = (reported / estimated_milli.max(1)).clamp(500, 2_000);
        let ratio = u32::try_from(ratio).unwrap_or(1_000);
        let lean = |old: u32| Some((old * 3 + ratio) / 4);
        // The closure always gives a value.
        if self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, lean)
            .is_err()
        {
            self.0.store(1_000, Ordering::Relaxed);
        }
    }
}

/// Plans the calls. `finished` are sentence ranges that earlier attempts have paid for, in order;
/// `used` are the indexes they hold; `correction` is reported tokens over estimated ones in
/// thousandths.
pub(crate) fn plan(
    text: &str,
    sentences: &[Sentence],
    finished: &[Range<usize>],
    used: &[i32],
    correction: u32,
) -> Plan {
    let cost = |at: usize| {
        let sentence = sentences.get(at).map_or("", |sentence| sentence.of(text));
        milli_tokens(sentence) * u64::from(correction) / 1_000
    };
    let total: u64 = (0..sentences.len()).map(cost).sum();
    let limit = if finished.is_empty() && total <= u64::from(ONE_CALL_TOKENS) * 1_000 {
        u64::from(ONE_CALL_TOKENS) * 1_000
    } else {
        u64::from(CHUNK_TOKENS) * 1_000
    };
    let room = CHUNKS_MAX.saturating_sub(finished.len());
    let mut free = (0..).filter(|index| !used.contains(index));
    let mut chunks = Vec::new();
    let mut left_out = Vec::new();
    for gap in gaps(sentences.len(), finished) {
        let mut start = gap.start;
        while start < gap.end {
            if chunks.len() == room {
                left_out.push(start..gap.end);
                break;
            }
            let end = fill(start, gap.end, limit, cost);
            chunks.push(Chunk {
                index: free.next().unwrap_or(i32::MAX),
                focus: start..end,
            });
            start = end;
        }
    }
    let indexes = chunks.iter().map(|chunk| chunk.index);
    let highest = indexes.chain(used.iter().copied()).max().unwrap_or(-1);
    Plan {
        chunks,
        left_out,
        next_index: highest.saturating_add(1),
    }
}

/// The end of a chunk that begins at `start`: at least one sentence, at most `limit`.
fn fill(start: usize, end: usize, limit: u64, cost: impl Fn(usize) -> u64) -> usize {
    let mut sum = 0;
    for at in start..end {
        sum += cost(at);
        if sum > limit && at > start {
            return at;
        }
    }
    end
}

/// What lies between the finished ranges.
fn gaps(len: usize, finished: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut gaps = Vec::new();
    let mut at = 0;
    for range in finished {
        if range.start > at {
            gaps.push(at..range.start);
        }
        at = at.max(range.end);
    }
    if at < len {
        gaps.push(at..len);
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::sentences;

    fn text(sentences: usize) -> String {
        "This is a sentence of about fifty characters here. ".repeat(sentences)
    }

    fn plan_of(text: &str, finished: &[Range<usize>], used: &[i32]) -> (Plan, usize) {
        let cut = sentences::split(text);
        (plan(text, &cut, finished, used, 1_000), cut.len())
    }

    #[test]
    fn a_usual_article_is_one_call() {
        let text = text(400);

        let (plan, len) = plan_of(&text, &[], &[]);

        assert_eq!(
            plan.chunks,
            [Chunk {
                index: 0,
                focus: 0..len
            }]
        );
    }

    #[test]
    fn a_long_one_is_covered_once_by_chunks_within_the_cap() {
        let text = text(1_170);

        let (plan, len) = plan_of(&text, &[], &[]);

        let mut at = 0;
        for chunk in &plan.chunks {
            assert_eq!(chunk.focus.start, at);
            at = chunk.focus.end;
        }
        assert_eq!((at, plan.left_out.len()), (len, 0));
        assert_eq!(plan.chunks.len(), 5);
    }

    #[test]
    fn what_twelve_chunks_do_not_cover_is_said() {
        let text = text(5_000);

        let (plan, len) = plan_of(&text, &[], &[]);

        assert_eq!(plan.chunks.len(), CHUNKS_MAX);
        let covered = plan.chunks.last().map_or(0, |chunk| chunk.focus.end);
        assert_eq!(plan.left_out, vec![covered..len; 1]);
    }

    #[test]
    fn the_estimate_leans_to_what_is_reported_within_sense() {
        let correction = Correction::default();

        correction.learn(1_500, 1_000_000);
        assert_eq!(correction.thousandths(), 1_125);
        for _ in 0..50 {
            correction.learn(1_000_000, 1_000);
        }
        assert!((1_990..=2_000).contains(&correction.thousandths()));
    }

    #[test]
    fn finished_chunks_are_left_alone_and_the_gaps_planned() {
        let text = text(1_170);
        let (first, _) = plan_of(&text, &[], &[]);
        let done = [first.chunks[1].focus.clone(), first.chunks[3].focus.clone()];

        let (second, _) = plan_of(&text, &done, &[1, 3]);

        let missing: Vec<Chunk> = [0, 2, 4].map(|at| first.chunks[at].clone()).into();
        assert_eq!(second.chunks, missing);
    }
}
