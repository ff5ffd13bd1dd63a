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

/// Facts on end that claim the same; a sound answer says a thing once.
const SAME_CLAIMS_MIN: usize = 4;

const CLAIM: &str = "\"claim\"";

/// Whether the end of a text says the same over and over: piece by piece, or fact by fact with another
/// number or blank in each.
pub(crate) fn is_runaway(text: &str) -> bool {
    ends_in_one_piece(text.as_bytes()) || ends_in_one_claim(text)
}

/// Whether the last facts of an answer claim the same.
fn ends_in_one_claim(text: &str) -> bool {
    // what follows the last of these may not be complete yet
    let mut claims = text.rsplit(CLAIM).take(SAME_CLAIMS_MIN + 1).map(value);
    let newest = claims.next().flatten();
    let Some(one) = newest.or_else(|| claims.next().flatten()) else {
        return false;
    };
    let earlier = SAME_CLAIMS_MIN - 1;
    claims.take(earlier).filter(|it| *it == Some(one)).count() == earlier
}

/// The text that is the value of a field whose name ends right before. `None`: it is no complete text.
fn value(after_name: &str) -> Option<&str> {
    let text = after_name.trim_start().strip_prefix(':')?.trim_start();
    let text = text.strip_prefix('"')?;
    let mut is_escaped = false;
    let end = text.find(|c: char| {
        let is_end = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        is_end
    })?;
    text.get(..end)
}

/// Whether the end of a text is one piece over and over.
fn ends_in_one_piece(text: &[u8]) -> bool {
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
    fn facts_that_claim_the_same_about_one_sentence_after_the_other_are_a_runaway() {
        let mut text = "{\"facts\": [".to_owned();
        let mut was = Vec::new();
        for sentence in 1..6 {
            write!(text, "{{\"sentence\": {sentence}, \"quote\": \"it \\\"fell\\\"\", \"claim\" : \"It \\\"fell\\\".\", \"kind\":")
                .expect("a String takes it");
            was.push(is_runaway(&text));
        }

        assert_eq!(was, [false, false, false, true, true]);
        assert!(is_runaway(
            &(text + "\"event\"},{\"quote\":\"it\",\"claim\": \"It \\\"fe")
        ));
    }

    #[test]
    fn facts_that_share_their_quote_and_claim_different_things_are_none() {
        let quote = "\"quote\":\"it rained, fell and froze\"";
        let item = |what: &str| format!("{{{quote},\"claim\":\"It {what}.\"}},");
        let whats = [
            "rained", "fell", "fell", "fell", "froze", "rained", "fell", "fell",
        ];
        let text: String = whats.map(item).concat();

        assert!(!is_runaway(&text));
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
