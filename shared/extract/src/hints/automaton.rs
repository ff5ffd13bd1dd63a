//! Finds all words of a table in one pass: Aho–Corasick over a small alphabet.

use super::set::Hints;

/// Letters, digits, hyphen, underscore, space, colon and one symbol for all the rest.
const SYMBOLS: usize = 41;

/// Longest value looked at; longer ones are generated styling, not names.
const VALUE_BYTES_MAX: usize = 512;

/// The symbol of each byte.
const SYMBOL: [u8; 256] = {
    let mut table = [40; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        table[byte as usize] = match byte.to_ascii_lowercase() {
            letter @ b'a'..=b'z' => letter - b'a',
            digit @ b'0'..=b'9' => 26 + digit - b'0',
            b'-' => 36,
            b'_' => 37,
            b' ' | b'\n' => 38,
            b':' => 39,
            _ => 40,
        };
        byte += 1;
    }
    table
};

fn symbol(byte: u8) -> usize {
    usize::from(SYMBOL[usize::from(byte)])
}

/// Set in a transition into a state where words end.
const ENDS: u16 = 1 << 15;

/// A word that ends in a state.
#[derive(Clone, Copy)]
struct Word {
    hints: Hints,
    length: usize,
    at_start: bool,
    at_end: bool,
}

/// Aho–Corasick with every transition filled in.
pub(crate) struct Automaton {
    next: Vec<[u16; SYMBOLS]>,
    words: Vec<Vec<Word>>,
}

impl Automaton {
    pub(crate) fn new(table: &[(Hints, &[&str])]) -> Self {
        let mut automaton = Automaton {
            next: vec![[0; SYMBOLS]],
            words: vec![Vec::new()],
        };
        for (hints, words) in table {
            for word in *words {
                automaton.insert(*hints, word);
            }
        }
        automaton.link();
        automaton
    }

    fn insert(&mut self, hints: Hints, pattern: &str) {
        let word = pattern.trim_matches(['^', '$']);
        let mut state = 0;
        for byte in word.bytes() {
            let symbol = symbol(byte);
            if self.next[state][symbol] == 0 {
                self.next[state][symbol] = u16::try_from(self.next.len()).unwrap_or(0);
                self.next.push([0; SYMBOLS]);
                self.words.push(Vec::new());
            }
            state = usize::from(self.next[state][symbol]);
        }
        self.words[state].push(Word {
            hints,
            length: word.len(),
            at_start: pattern.starts_with('^'),
            at_end: pattern.ends_with('$'),
        });
    }

    /// Breadth first, so that a state's fallback is complete before the state is.
    fn link(&mut self) {
        let mut fallback = vec![0_usize; self.next.len()];
        let mut queue: Vec<usize> = Vec::with_capacity(self.next.len());
        queue.extend(
            self.next[0]
                .iter()
                .filter(|s| **s != 0)
                .map(|s| usize::from(*s)),
        );
        let mut head = 0;
        while let Some(state) = queue.get(head).copied() {
            head += 1;
            let back = fallback[state];
            let inherited = self.words[back].clone();
            self.words[state].extend(inherited);
            for symbol in 0..SYMBOLS {
                let through = self.next[back][symbol];
                let child = usize::from(self.next[state][symbol]);
                if child == 0 {
                    self.next[state][symbol] = through;
                } else {
                    fallback[child] = usize::from(through);
                    queue.push(child);
                }
            }
        }
        for transition in self.next.iter_mut().flatten() {
            if !self.words[usize::from(*transition)].is_empty() {
                *transition |= ENDS;
            }
        }
    }

    pub(crate) fn scan(&self, value: &[u8]) -> Hints {
        let mut found = 0;
        let mut state = 0;
        let value = value.get(..VALUE_BYTES_MAX).unwrap_or(value);
        for (at, byte) in value.iter().enumerate() {
            let transition = self.next[state][symbol(*byte)];
            state = usize::from(transition & !ENDS);
            if transition & ENDS == 0 {
                continue;
            }
            for word in &self.words[state] {
                let fits = (!word.at_start || starts_word(value, at + 1 - word.length))
                    && (!word.at_end || starts_word(value, at + 1));
                if fits {
                    found |= word.hints.0;
                }
            }
        }
        Hints(found)
    }
}

/// Whether a word may begin at `at`: at the ends, beside a symbol, and where a capital follows a
/// small letter.
fn starts_word(value: &[u8], at: usize) -> bool {
    let (Some(before), Some(after)) = (at.checked_sub(1).and_then(|i| value.get(i)), value.get(at))
    else {
        return true;
    };
    !before.is_ascii_alphanumeric()
        || !after.is_ascii_alphanumeric()
        || before.is_ascii_lowercase() && after.is_ascii_uppercase()
        || before.is_ascii_digit() != after.is_ascii_digit()
}
