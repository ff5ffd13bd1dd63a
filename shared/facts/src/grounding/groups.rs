//! Numbers whose digits stand in groups with a space between them: "500" is no part of "12 500".

/// Digits of a group behind the first.
const GROUP: usize = 3;

/// Whether the place between two texts lies between two groups of one number: one to three digits,
/// one space of any width, and exactly three digits.
pub(super) fn is_cut(before: &str, after: &str) -> bool {
    // The space is on either side.
    let (head, head_space) = trimmed_end(before);
    let (tail, tail_space) = trimmed_start(after);
    if head_space + tail_space != 1 {
        return false;
    }
    let leading = head.chars().rev().take_while(char::is_ascii_digit).count();
    let begins = head.chars().rev().nth(leading);
    let is_number =
        begins.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '.' | ',' | ':' | '/' | '-'));
    let following = tail.chars().take_while(char::is_ascii_digit).count();
    let ends = tail
        .chars()
        .nth(following)
        .is_none_or(|c| !c.is_alphabetic());
    (1..=GROUP).contains(&leading) && is_number && following == GROUP && ends
}

/// Without the spaces at its end, and how many they are.
fn trimmed_end(text: &str) -> (&str, usize) {
    let spaces = text.chars().rev().take_while(|c| is_space(*c)).count();
    (text.trim_end_matches(is_space), spaces)
}

/// Without the spaces at its beginning, and how many they are.
fn trimmed_start(text: &str) -> (&str, usize) {
    let spaces = text.chars().take_while(|c| is_space(*c)).count();
    (text.trim_start_matches(is_space), spaces)
}

/// Spaces that stand in numbers; a line break does not.
const fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_one_number_are_told_from_two_numbers() {
        for (before, after) in [
            ("cost 12 ", "500 euros"),
            ("cost 12", " 500 euros"),
            ("1\u{202f}", "500."),
        ] {
            assert!(is_cut(before, after), "{before}|{after}");
        }
        for (before, after) in [
            ("in 2020 ", "500 came"),
            ("gate 12 ", "50 came"),
            ("gate 12\n", "500 came"),
            ("the ", "500"),
            ("12 ", "5000"),
            ("F16 ", "500 came"),
        ] {
            assert!(!is_cut(before, after), "{before}|{after}");
        }
    }
}
