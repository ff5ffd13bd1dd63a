//! Input that is no text at all.

use crate::encoding;

/// Bytes looked at for characters that no text has.
const SNIFFED_BYTES: usize = 2_048;

/// Whether the input is no text: by the mark of its format, or by control characters, of which a
/// damaged page may have a few and an unknown format has many. In UTF-16 they are halves of letters.
pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    let start = bytes.get(..SNIFFED_BYTES).unwrap_or(bytes);
    let controls = start
        .iter()
        .filter(|byte| matches!(byte, 1..=8 | 0x0E..=0x1A | 0x1C..=0x1F));
    has_mark(bytes) || controls.count() * 30 > start.len() && !encoding::is_utf16(bytes)
}

fn has_mark(bytes: &[u8]) -> bool {
    const MARKS: [&[u8]; 8] = [
        b"%PDF-",
        b"\x89PNG",
        b"\xFF\xD8\xFF",
        b"GIF8",
        b"PK\x03\x04",
        b"\x1F\x8B",
        b"RIFF",
        b"\x7FELF",
    ];
    MARKS.iter().any(|mark| bytes.starts_with(mark))
}
