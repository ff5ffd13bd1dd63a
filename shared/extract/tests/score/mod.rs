//! The figures extraction is judged by: shingle F1 over pages, its mean per page, snippet F1.

use std::collections::HashMap;

/// Words of a shingle.
const SHINGLE: usize = 4;

/// Sums over the pages of a corpus.
#[derive(Debug, Default)]
pub(crate) struct Score {
    precision: Vec<f64>,
    recall: Vec<f64>,
    page: Vec<f64>,
    wanted_found: f64,
    wanted_missed: f64,
    unwanted_found: f64,
}

impl Score {
    /// Counts a page whose whole text is known.
    pub(crate) fn add_text(&mut self, truth: &str, text: &str) {
        let (truth, text) = (shingles(truth), shingles(text));
        let total = |of: &HashMap<Vec<&str>, u32>| f64::from(of.values().sum::<u32>());
        let common: u32 = truth
            .iter()
            .map(|(run, count)| count.min(text.get(run).unwrap_or(&0)))
            .sum();
        let (common, in_truth, in_text) = (f64::from(common), total(&truth), total(&text));
        if in_text > 0.0 {
            self.precision.push(common / in_text);
        }
        if in_truth > 0.0 {
            self.recall.push(common / in_truth);
        }
        let both = in_truth + in_text;
        self.page.push(if both == 0.0 {
            1.0
        } else {
            2.0 * common / both
        });
    }

    /// Counts a page of which some pieces are known.
    pub(crate) fn add_snippets(&mut self, wanted: &[&str], unwanted: &[&str], text: &str) {
        let text = squeeze(text);
        for snippet in wanted {
            let found = text.contains(&squeeze(snippet));
            *(if found {
                &mut self.wanted_found
            } else {
                &mut self.wanted_missed
            }) += 1.0;
        }
        let found = unwanted
            .iter()
            .filter(|snippet| text.contains(&squeeze(snippet)));
        self.unwanted_found += found.map(|_| 1.0).sum::<f64>();
    }

    /// The harmonic mean of mean precision and mean recall.
    pub(crate) fn f1(&self) -> f64 {
        let (precision, recall) = (mean(&self.precision), mean(&self.recall));
        2.0 * precision * recall / (precision + recall).max(f64::MIN_POSITIVE)
    }

    /// The mean of each page's F1.
    pub(crate) fn f1_page(&self) -> f64 {
        mean(&self.page)
    }

    /// F1 of wanted pieces against unwanted ones.
    pub(crate) fn snippets_f1(&self) -> f64 {
        let found = 2.0 * self.wanted_found;
        found / (found + self.unwanted_found + self.wanted_missed).max(f64::MIN_POSITIVE)
    }
}

fn mean(values: &[f64]) -> f64 {
    let count: f64 = values.iter().map(|_| 1.0).sum();
    values.iter().sum::<f64>() / count.max(1.0)
}

fn shingles(text: &str) -> HashMap<Vec<&str>, u32> {
    let words: Vec<&str> = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .collect();
    let mut runs = HashMap::new();
    let short = !words.is_empty() && words.len() < SHINGLE;
    for run in words.windows(if short { words.len() } else { SHINGLE }) {
        *runs.entry(run.to_vec()).or_insert(0) += 1;
    }
    runs
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
