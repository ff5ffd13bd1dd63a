//! Which parts of a text are asked about: what fits the cap, what was paid for before, what is left out.

use std::ops::Range;

use domain::limits;

use crate::chunk_sink::FinishedChunk;
use crate::plan::chunks::Plan;
use crate::plan::sentences::Sentence;

/// The sentences within the cap on characters.
pub(crate) fn within_cap(sentences: &[Sentence]) -> &[Sentence] {
    let fits = |one: &Sentence| one.end_char as usize <= limits::TEXT_CHARS_MAX;
    let end = sentences.partition_point(fits);
    sentences
        .get(..end.max(1).min(sentences.len()))
        .unwrap_or(&[])
}

/// Finished chunks whose bounds are bounds of sentences, in order, without overlap.
pub(crate) fn matching<'c>(
    resume: &'c [FinishedChunk],
    sentences: &[Sentence],
) -> (Vec<&'c FinishedChunk>, Vec<Range<usize>>, Vec<i32>) {
    let mut chunks: Vec<&FinishedChunk> = resume.iter().collect();
    chunks.sort_by_key(|chunk| chunk.start);
    let mut kept = Vec::new();
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for chunk in chunks {
        let start = sentences.binary_search_by_key(&chunk.start, |one| one.start_char);
        let end = sentences.binary_search_by_key(&chunk.end, |one| one.end_char);
        let (Ok(start), Ok(last)) = (start, end) else {
            tracing::warn!(
                chunk = chunk.index,
                "a finished chunk does not fit the text; it is asked again"
            );
            continue;
        };
        if start <= last && ranges.last().is_none_or(|before| before.end <= start) {
            kept.push(chunk);
            ranges.push(start..last + 1);
        }
    }
    let used = resume.iter().map(|chunk| chunk.index).collect();
    (kept, ranges, used)
}

/// Characters in sentences that no call covers.
pub(crate) fn chars_cut(plan: &Plan, sentences: &[Sentence], sent: usize) -> i32 {
    let beyond = sent..sentences.len();
    let left_out = plan.left_out.iter().cloned().chain([beyond]).flatten();
    let cut = left_out.filter_map(|at| sentences.get(at));
    let chars: u32 = cut.map(|one| one.end_char - one.start_char).sum();
    i32::try_from(chars).unwrap_or(i32::MAX)
}

/// The first and one past the last character of a range of sentences.
pub(crate) fn bounds(sentences: &[Sentence], focus: &Range<usize>) -> (u32, u32) {
    let part = sentences.get(focus.clone()).unwrap_or(&[]);
    (
        part.first().map_or(0, |one| one.start_char),
        part.last().map_or(0, |one| one.end_char),
    )
}
