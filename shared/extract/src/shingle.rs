//! Sets of word runs: how much of one text stands in another.

/// Words of a run.
const RUN: usize = 3;

/// Words taken of one text; linked data repeats whole articles of some thousand words.
const WORDS_MAX: usize = 50_000;

/// Bits of a set per member: one in so many strangers is taken for a member.
const BITS_PER_MEMBER: usize = 64;

/// The word runs of a text.
#[derive(Debug, Default)]
pub(crate) struct Shingles {
    runs: Bits,
    words: Bits,
    empty: bool,
}

impl Shingles {
    pub(crate) fn of(text: &str) -> Self {
        let mut hashes = Vec::new();
        for_each_word(text, |hash| {
            if hashes.len() < WORDS_MAX {
                hashes.push(hash);
            }
        });
        let mut runs = Bits::for_members(hashes.len());
        let mut words = Bits::for_members(hashes.len());
        for window in hashes.windows(RUN) {
            runs.insert(run(window));
        }
        for hash in &hashes {
            words.insert(*hash);
        }
        Shingles {
            runs,
            words,
            empty: hashes.is_empty(),
        }
    }

    /// Percent of the runs of `text` that are in the set; of its words when it is too short for
    /// a run.
    pub(crate) fn share_of(&self, text: &str) -> u8 {
        if self.empty {
            return 0;
        }
        let mut window = [0_u64; RUN];
        let (mut count, mut inside, mut known) = (0_usize, 0_usize, 0_usize);
        for_each_word(text, |word| {
            known += usize::from(count < RUN && self.words.contains(word));
            window.rotate_left(1);
            window[RUN - 1] = word;
            count += 1;
            if count >= RUN {
                inside += usize::from(self.runs.contains(run(&window)));
            }
        });
        let (part, whole) = if count >= RUN {
            (inside, count - RUN + 1)
        } else {
            (known, count.max(1))
        };
        u8::try_from(part * 100 / whole).unwrap_or(100)
    }
}

/// A set that may take a stranger for a member, never a member for a stranger.
#[derive(Debug, Default)]
struct Bits {
    bits: Vec<u64>,
}

impl Bits {
    fn for_members(count: usize) -> Self {
        let words = (count * BITS_PER_MEMBER / 64).next_power_of_two();
        Bits {
            bits: vec![0; words],
        }
    }

    fn place(&self, hash: u64) -> (usize, u64) {
        let mixed = (hash ^ hash >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 20;
        let at = usize::try_from(mixed >> 6).unwrap_or(0) & (self.bits.len().max(1) - 1);
        (at, 1 << (mixed & 63))
    }

    fn insert(&mut self, hash: u64) {
        let (at, bit) = self.place(hash);
        if let Some(word) = self.bits.get_mut(at) {
            *word |= bit;
        }
    }

    fn contains(&self, hash: u64) -> bool {
        let (at, bit) = self.place(hash);
        self.bits.get(at).is_some_and(|word| word & bit != 0)
    }
}

fn run(words: &[u64]) -> u64 {
    let mix = |hash: u64, word: &u64| {
        (hash ^ word)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(23)
    };
    words.iter().fold(17, mix)
}

const START: u64 = 0xcbf2_9ce4_8422_2325;

fn step(hash: u64, value: u32) -> u64 {
    (hash ^ u64::from(value)).wrapping_mul(0x0100_0000_01b3)
}

/// Gives the hash of each word of `text`, letters lower-cased; an ideograph is a word by itself.
fn for_each_word(text: &str, mut take: impl FnMut(u64)) {
    let mut hash = START;
    for c in text.chars() {
        if c.is_ascii() {
            if c.is_ascii_alphanumeric() {
                hash = step(hash, u32::from(c.to_ascii_lowercase()));
                continue;
            }
        } else if is_wide(c) {
            if hash != START {
                take(hash);
            }
            take(step(START, u32::from(c)));
            hash = START;
            continue;
        } else if c.is_alphanumeric() {
            hash = c
                .to_lowercase()
                .fold(hash, |hash, c| step(hash, u32::from(c)));
            continue;
        }
        if hash != START {
            take(hash);
            hash = START;
        }
    }
    if hash != START {
        take(hash);
    }
}

const fn is_wide(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_counts_runs_in_any_case_and_ideographs_one_by_one() {
        let set = Shingles::of("The Quick brown fox jumps over the lazy dog. 東京都は今日");

        assert_eq!(set.share_of("the quick BROWN fox"), 100);
        assert_eq!(set.share_of("the quick brown cat"), 50);
        assert_eq!(set.share_of("東京都は"), 100);
        assert_eq!(set.share_of("brown"), 100);
        assert_eq!(set.share_of("entirely other words here"), 0);
        assert_eq!(Shingles::of("").share_of("anything"), 0);
    }
}
