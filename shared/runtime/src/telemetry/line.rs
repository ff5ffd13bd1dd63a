//! One log line as JSON, bounded and escaped while it is written.
//!
//! Whatever a field holds, the result is one line of valid JSON of at most
//! [`LOG_LINE_BYTES_MAX`] bytes: control characters, line separators and the marks that turn
//! text around are escaped, and what does not fit is counted in a mark that can be seen.

use std::fmt::{self, Display, Write};
use std::time::SystemTime;

use domain::limits::LOG_LINE_BYTES_MAX;
use time::OffsetDateTime;
use tracing::Level;

/// A single value beyond this is cut, so that one long value does not push the others out.
const VALUE_BYTES_MAX: usize = 8 * 1024;

/// Kept free at the end of a line: the count of fields left out, the brace, the newline.
const TAIL_BYTES: usize = 48;

/// Kept free at the end of a value: the mark of a cut and the quotation mark.
const MARK_BYTES: usize = 48;

/// A field whose value would have less room than this is left out and counted.
const VALUE_BYTES_MIN: usize = 16;

/// A line under construction.
pub(super) struct Line {
    text: String,
    left_out: u32,
}

impl Line {
    pub(super) const fn new() -> Self {
        Self {
            text: String::new(),
            left_out: 0,
        }
    }

    /// Begins a new line: its time and its level.
    pub(super) fn start(&mut self, at: SystemTime, level: Level) {
        self.text.clear();
        self.left_out = 0;
        self.text.push_str("{\"timestamp\":\"");
        push_time(&mut self.text, at);
        self.text.push_str("\",\"level\":\"");
        self.text.push_str(level.as_str());
        self.text.push('"');
    }

    /// A field whose value is text.
    pub(super) fn text(&mut self, name: &str, value: fmt::Arguments<'_>) {
        if self.begin(name) {
            self.value(value);
        }
    }

    /// A field whose value is a number or a boolean, in at most 40 characters.
    pub(super) fn number(&mut self, name: &str, value: impl Display) {
        if self.begin(name) {
            push(&mut self.text, format_args!("{value}"));
        }
    }

    /// A field's name; false when there is no room for it.
    pub(super) fn begin(&mut self, name: &str) -> bool {
        let needed = name.len() + 4 + MARK_BYTES + VALUE_BYTES_MIN;
        if self.room() < needed || name.len() > 128 {
            self.left_out += 1;
            return false;
        }
        // The line's own words come once: a reader of JSON keeps the last of two.
        let prefix = match name {
            "timestamp" | "level" => "field.",
            _ if name == "message" && self.text.contains("\"message\":") => return false,
            _ => "",
        };
        self.text.push_str(",\"");
        self.text.push_str(prefix);
        let mut escaped = Escaped::within(&mut self.text, 192);
        push(&mut escaped, format_args!("{name}"));
        self.text.push_str("\":");
        true
    }

    /// The value of the field that was begun.
    pub(super) fn value(&mut self, value: fmt::Arguments<'_>) {
        let room = self.room().saturating_sub(MARK_BYTES).min(VALUE_BYTES_MAX);
        self.text.push('"');
        let mut escaped = Escaped::within(&mut self.text, room);
        push(&mut escaped, value);
        let cut = escaped.cut_bytes;
        if cut > 0 {
            push(&mut self.text, format_args!("…[cut {cut} bytes]"));
        }
        self.text.push('"');
    }

    /// Ends the line, newline included.
    pub(super) fn finish(&mut self) -> &[u8] {
        if self.left_out > 0 {
            let left_out = self.left_out;
            push(
                &mut self.text,
                format_args!(",\"fields_left_out\":{left_out}"),
            );
        }
        self.text.push_str("}\n");
        self.text.as_bytes()
    }

    fn room(&self) -> usize {
        LOG_LINE_BYTES_MAX.saturating_sub(self.text.len() + TAIL_BYTES)
    }
}

/// Writes; a `Display` that reports an error leaves what it wrote so far.
fn push(out: &mut impl Write, value: fmt::Arguments<'_>) {
    if out.write_fmt(value).is_err() {
        // The text so far stands, and the reader sees that it broke off here.
        let broken_off: fmt::Result = out.write_str("…[value could not be written]");
        debug_assert!(broken_off.is_ok(), "neither writer fails by itself");
    }
}

/// RFC 3339 in UTC with microseconds, always of one width.
fn push_time(out: &mut String, at: SystemTime) {
    let at = OffsetDateTime::from(at);
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    let (hour, minute, second, micro) = (at.hour(), at.minute(), at.second(), at.microsecond());
    push(
        out,
        format_args!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}Z"),
    );
}

/// Escapes into a JSON string up to a number of bytes, and counts what did not fit.
struct Escaped<'a> {
    out: &'a mut String,
    room: usize,
    cut_bytes: u64,
}

impl<'a> Escaped<'a> {
    fn within(out: &'a mut String, room: usize) -> Self {
        Self {
            out,
            room,
            cut_bytes: 0,
        }
    }

    fn put(&mut self, text: &str, source_bytes: usize) {
        if self.cut_bytes == 0 && text.len() <= self.room {
            self.room -= text.len();
            self.out.push_str(text);
        } else {
            self.cut_bytes += source_bytes as u64;
        }
    }
}

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.cut_bytes > 0 {
            self.cut_bytes += text.len() as u64;
            return Ok(());
        }
        let mut rest = text;
        while self.cut_bytes == 0
            && let Some((at, mark)) = rest.char_indices().find(|(_, c)| must_escape(*c))
        {
            let (plain, after) = rest.split_at(at);
            self.put_plain(plain);
            self.put_escaped(mark);
            rest = after.get(mark.len_utf8()..).unwrap_or("");
        }
        self.put_plain(rest);
        Ok(())
    }
}

impl Escaped<'_> {
    fn put_plain(&mut self, text: &str) {
        let fits = text.floor_char_boundary(self.room);
        let (kept, cut) = text.split_at(if self.cut_bytes == 0 { fits } else { 0 });
        self.room -= kept.len();
        self.out.push_str(kept);
        self.cut_bytes += cut.len() as u64;
    }

    fn put_escaped(&mut self, mark: char) {
        let length = mark.len_utf8();
        match mark {
            '"' => self.put("\\\"", length),
            '\\' => self.put("\\\\", length),
            '\n' => self.put("\\n", length),
            '\r' => self.put("\\r", length),
            '\t' => self.put("\\t", length),
            // Every mark that is escaped lies in the basic plane: four digits are enough.
            other => {
                let code = u32::from(other);
                let hex = |shift: u32| char::from_digit((code >> shift) & 0xF, 16).unwrap_or('0');
                let digits: String = ['\\', 'u', hex(12), hex(8), hex(4), hex(0)]
                    .iter()
                    .collect();
                self.put(&digits, length);
            }
        }
    }
}

/// What JSON demands, what a terminal or a log viewer would obey, and what turns text around.
fn must_escape(c: char) -> bool {
    matches!(c,
        '"' | '\\' | '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn line_of(fields: &[(&str, &str)]) -> (Vec<u8>, Value) {
        let mut line = Line::new();
        line.start(
            SystemTime::UNIX_EPOCH + Duration::from_micros(1_500),
            Level::INFO,
        );
        for (name, value) in fields {
            line.text(name, format_args!("{value}"));
        }
        let bytes = line.finish().to_vec();
        let value = serde_json::from_slice(&bytes).expect("a line is JSON");
        (bytes, value)
    }

    #[test]
    fn a_line_begins_with_its_time_and_level() {
        let (bytes, _) = line_of(&[("message", "hello")]);

        let text = String::from_utf8(bytes).expect("UTF-8");
        let expected = concat!(
            r#"{"timestamp":"1970-01-01T00:00:00.001500Z","level":"INFO","#,
            "\"message\":\"hello\"}\n"
        );
        assert_eq!(text, expected);
    }

    #[test]
    fn a_field_of_ten_megabytes_is_cut_with_a_mark() {
        let huge = "x".repeat(10_000_000);

        let (bytes, value) = line_of(&[("message", "m"), ("body", &huge), ("after", "still here")]);

        assert!(bytes.len() <= LOG_LINE_BYTES_MAX);
        let body = value["body"].as_str().expect("text");
        let (kept, mark) = body.split_once('…').expect("a mark");
        assert_eq!(mark, format!("[cut {} bytes]", 10_000_000 - kept.len()));
        assert_eq!(value["after"], "still here");
    }

    #[test]
    fn fields_that_do_not_fit_are_counted() {
        let long = "y".repeat(9_000);
        let fields: Vec<(&str, &str)> = (0..20).map(|_| ("field", long.as_str())).collect();

        let (bytes, value) = line_of(&fields);

        assert!(bytes.len() <= LOG_LINE_BYTES_MAX);
        assert_eq!(value["fields_left_out"], 16);
    }

    #[test]
    fn no_field_can_take_the_lines_own_words() {
        let (_, value) = line_of(&[
            ("message", "true"),
            ("message", "false"),
            ("level", "FATAL"),
            ("timestamp", "never"),
        ]);

        assert_eq!(value["message"], "true");
        assert_eq!(value["level"], "INFO");
        assert_eq!(value["field.level"], "FATAL");
        assert_eq!(value["timestamp"], "1970-01-01T00:00:00.001500Z");
    }

    proptest! {
        #[test]
        fn every_text_is_one_line_of_json_that_reads_back(text in "\\PC*|(?s).*", name in "[a-z.]{1,20}") {
            prop_assume!(!["timestamp", "level", "message"].contains(&name.as_str()));
            let (bytes, value) = line_of(&[("message", "m"), (&name, &text)]);

            prop_assert_eq!(value[&name].as_str(), Some(text.as_str()));
            let newlines = bytes.split(|byte| *byte == b'\n').count() - 1;
            prop_assert_eq!(newlines, 1);
            prop_assert!(!bytes.iter().any(|byte| *byte == 0x1b || *byte == 0x7f));
        }

        #[test]
        fn a_cut_never_breaks_the_json(text in "(?s)(.|\n){0,40}", times in 300_usize..2_000) {
            let long = text.repeat(times);
            let (bytes, value) = line_of(&[("message", "m"), ("long", &long)]);

            prop_assert!(bytes.len() <= LOG_LINE_BYTES_MAX);
            let kept = value["long"].as_str().unwrap_or_default();
            let kept = kept.rsplit_once("…[cut ").map_or(kept, |(kept, _)| kept);
            prop_assert!(long.starts_with(kept));
        }
    }
}
