//! Answers that say the same again and again until something stops them: small models that decode by
//! a schema do it inside a list or a text.

/// A piece that is repeated is no longer than a long fact.
const PERIOD_MAX: usize = 1_000;

/// A repetition is looked for by the last bytes of the text.
const PROBE_BYTES: usize = 24;

/// A list of facts may well repeat something a few times; nothing sound repeats it so often on end.
const REPEATS_MIN: usize = 5;

/// Short pieces repeat more often before it means something: blanks, a row of dashes.
const REPEATED_BYTES_MIN: usize = 1_200;

/// Whether the end of a text is one piece over and over.
pub(crate) fn is_runaway(text: &str) -> bool {
    let text = text.as_bytes();
    let Some((before, probe)) = text.split_last_chunk::<PROBE_BYTES>() else {
        return false;
    };
    // the nearest place where the probe stands before: its distance is the period, if there is one
    let mut distances = 1..=PERIOD_MAX.min(before.len());
    let period = distances.find(|distance| {
        let at = before.len() - distance;
        text.get(at..at + PROBE_BYTES) == Some(probe.as_slice())
    });
    period.is_some_and(|period| {
        let repeated = (period * REPEATS_MIN).max(REPEATED_BYTES_MIN);
        let tail = text
            .len()
            .checked_sub(repeated)
            .and_then(|at| text.get(at..));
        tail.is_some_and(|tail| tail.get(period..) == tail.get(..tail.len() - period))
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn the_same_piece_on_end_is_a_runaway_whatever_its_length() {
        for piece in [
            " ",
            "\"NASA\",",
            "{\"sentence\":1,\"quote\":\"the same words\",\"claim\":\"The same.\"},",
        ] {
            let text = format!("{{\"facts\":[{}", piece.repeat(6 + 1_400 / piece.len()));

            assert!(is_runaway(&text), "{piece}");
        }
    }

    #[test]
    fn a_list_of_facts_that_differ_in_a_number_is_none() {
        let mut text = "{\"facts\":[".to_owned();
        for year in 1_900..2_000 {
            write!(text, "{{\"sentence\":1,\"quote\":\"in {year} it fell\",\"claim\":\"It fell in {year}.\"}},")
                .expect("a String takes it");
            assert!(!is_runaway(&text));
        }
    }
}
