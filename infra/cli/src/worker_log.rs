//! The newest error in a function's log file: what a worker could record nowhere else.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use serde_json::Value;

/// The end of a log file that is looked at; a line is shorter.
const TAIL_BYTES: u64 = 64 * 1024;

/// The newest line of level ERROR, in words. None when there is none, or no file yet.
pub(crate) fn newest_error(path: &Path) -> Option<String> {
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))
        .ok()?;
    let mut tail = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut tail).ok()?;
    words(&String::from_utf8_lossy(&tail))
}

fn words(tail: &str) -> Option<String> {
    let mut lines = tail.lines().rev();
    lines.find_map(|line| {
        let line: Value = serde_json::from_str(line).ok()?;
        if line.get("level")?.as_str()? != "ERROR" {
            return None;
        }
        let message = line.get("message")?.as_str()?;
        Some(match line.get("error").and_then(Value::as_str) {
            Some(error) => format!("{message}: {error}"),
            None => message.to_owned(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_error_is_read_past_lines_that_are_none() {
        let tail = "cut line\"}\n\
            {\"level\":\"ERROR\",\"message\":\"older\",\"error\":\"a\"}\n\
            {\"level\":\"ERROR\",\"message\":\"newer\",\"error\":\"b\"}\n\
            {\"level\":\"INFO\",\"message\":\"fine\"}\n{\"level\":\"ERR";

        assert_eq!(words(tail).as_deref(), Some("newer: b"));
        assert_eq!(words("{\"level\":\"INFO\",\"message\":\"fine\"}"), None);
    }
}
