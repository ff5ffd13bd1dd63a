//! How things look: colours (off when not a terminal), tables, times, short texts.

use std::time::Duration;

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// Anything that needs a person.
pub(crate) fn bad(text: &str) -> String {
    paint(text, AnsiColor::Red.on_default().bold())
}

/// Anything that went well.
pub(crate) fn good(text: &str) -> String {
    paint(text, AnsiColor::Green.on_default())
}

/// Anything that waits.
pub(crate) fn wait(text: &str) -> String {
    paint(text, AnsiColor::Yellow.on_default())
}

/// Headings and what to type.
pub(crate) fn strong(text: &str) -> String {
    paint(text, Style::new().bold())
}

/// What only some readers need.
pub(crate) fn faint(text: &str) -> String {
    paint(text, Style::new().dimmed())
}

/// The stream that prints it takes the colours out again where they do not belong.
fn paint(text: &str, style: Style) -> String {
    format!("{style}{text}{style:#}")
}

/// An empty table with its headings; `right` are the columns of numbers.
pub(crate) fn table(headings: &[&str], right: &[usize]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(headings.iter().map(|heading| faint(heading)));
    for index in right {
        if let Some(column) = table.column_mut(*index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A time as short as it can be read: `4 ms`, `1.3 s`, `2 min`, `3 h`, `5 d`.
pub(crate) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        s if s < 0.9995 => format!("{:.0} ms", s * 1_000.0),
        s if s < 59.95 => format!("{s:.1} s"),
        s if s < 3_570.0 => format!("{:.0} min", s / 60.0),
        s if s < 86_400.0 => format!("{:.0} h", s / 3_600.0),
        s => format!("{:.0} d", s / 86_400.0),
    }
}

/// At most `chars_max` characters of a text, on one line, with an ellipsis where it was cut.
pub(crate) fn short(text: &str, chars_max: usize) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= chars_max {
        return words;
    }
    let kept: String = words.chars().take(chars_max.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// `1 article`, `2 articles`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

/// `1,234,567`.
pub(crate) fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut grouped = String::from(if number < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A text a stranger wrote, without what could drive a terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control() || *c == '\n')
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short_and_never_read_as_the_wrong_unit() {
        let cases = [
            (0.004, "4 ms"),
            (0.9999, "1.0 s"),
            (59.99, "1 min"),
            (7_200.0, "2 h"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(time(Duration::from_secs_f64(seconds)), expected);
        }
    }

    #[test]
    fn long_numbers_are_grouped() {
        let grouped = [0, 999, 1_000, -1_234_567].map(thousands);

        assert_eq!(grouped, ["0", "999", "1,000", "-1,234,567"]);
    }

    #[test]
    fn a_cut_text_says_so_and_stays_on_one_line() {
        assert_eq!(short("two\n words", 20), "two words");
        assert_eq!(short("abcdefghij", 5), "abcd…");
    }

    #[test]
    fn a_strangers_text_cannot_drive_the_terminal() {
        assert_eq!(plain("a\u{1b}[31mb\u{7}"), "a[31mb");
    }
}
