//! The lines of an event stream: bytes in as they come, the data of whole events out.
//!
//! Comments (keep-alives) and fields other than `data` say nothing about an answer and are dropped.

/// Puts an event stream together again, however it was cut on its way.
#[derive(Debug, Default)]
pub(crate) struct Events {
    line: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    /// The last byte was a carriage return: a line feed after it ends no other line.
    after_return: bool,
    is_begun: bool,
}

impl Events {
    /// Takes more bytes; `event` is called with the data of each event that they complete.
    pub(crate) fn push(&mut self, bytes: &[u8], event: &mut dyn FnMut(&[u8])) {
        for byte in bytes {
            let after_return = std::mem::replace(&mut self.after_return, *byte == b'\r');
            match byte {
                b'\n' if after_return => {}
                b'\n' | b'\r' => self.end_line(event),
                other => self.line.push(*other),
            }
        }
    }

    /// The stream is over: an event that no blank line ended counts all the same.
    pub(crate) fn finish(&mut self, event: &mut dyn FnMut(&[u8])) {
        self.end_line(event);
        self.dispatch(event);
    }

    fn end_line(&mut self, event: &mut dyn FnMut(&[u8])) {
        let line = std::mem::take(&mut self.line);
        let mut text = line.as_slice();
        if !std::mem::replace(&mut self.is_begun, true) {
            text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        }
        if text.is_empty() {
            self.dispatch(event);
        } else if let Some(value) = text.strip_prefix(b"data:") {
            if std::mem::replace(&mut self.has_data, true) {
                self.data.push(b'\n');
            }
            let value = value.strip_prefix(b" ").unwrap_or(value);
            self.data.extend_from_slice(value);
        }
        // the buffer is used again
        self.line = line;
        self.line.clear();
    }

    fn dispatch(&mut self, event: &mut dyn FnMut(&[u8])) {
        if std::mem::take(&mut self.has_data) {
            event(&self.data);
            self.data.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn events(pieces: &[&[u8]]) -> Vec<String> {
        let mut reader = Events::default();
        let mut seen = Vec::new();
        let mut event = |data: &[u8]| seen.push(String::from_utf8_lossy(data).into_owned());
        for piece in pieces {
            reader.push(piece, &mut event);
        }
        reader.finish(&mut event);
        seen
    }

    #[test]
    fn comments_names_and_blank_lines_are_no_data() {
        let stream =
            b"\xef\xbb\xbf: waiting\n\nevent: x\nid: 1\ndata: a\ndata:b\n\n\n\n:\n\ndata: [DONE]";

        assert_eq!(events(&[stream]), ["a\nb", "[DONE]"]);
    }

    proptest! {
        #[test]
        fn an_event_is_the_same_however_it_is_cut_and_its_lines_end(
            data in proptest::collection::vec("[^\r\n]{0,20}", 1..6),
            ends in proptest::collection::vec(0..3_usize, 1..6),
            size in 1..9_usize,
        ) {
            let mut stream = Vec::new();
            for (text, end) in data.iter().zip(ends.iter().cycle()) {
                let end = ["\n", "\r\n", "\r"][*end];
                stream.extend_from_slice(format!(": alive{end}data: {text}{end}{end}").as_bytes());
            }

            let pieces: Vec<&[u8]> = stream.chunks(size).collect();

            prop_assert_eq!(events(&pieces), data);
        }

        #[test]
        fn no_bytes_make_it_panic_or_keep_more_than_it_was_given(
            bytes in proptest::collection::vec(any::<u8>(), 0..200),
            size in 1..9_usize,
        ) {
            let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
            let seen = events(&pieces);

            prop_assert_eq!(&seen, &events(&[&bytes]));
            let given = String::from_utf8_lossy(&bytes).len();
            prop_assert!(seen.iter().map(String::len).sum::<usize>() <= given);
        }
    }
}
