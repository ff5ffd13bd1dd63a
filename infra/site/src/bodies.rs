//! Bodies that are not what they should be: the bytes.

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};

/// 64 MiB of the character 0 in brotli.
pub(super) const BROTLI_BOMB: [u8; 54] = [
    207, 255, 255, 127, 248, 37, 96, 226, 177, 64, 32, 247, 254, 159, 255, 255, 255, 240, 75, 0,
    196, 97, 1, 128, 238, 253, 63, 255, 255, 255, 225, 151, 0, 136, 195, 34, 0, 221, 251, 127, 254,
    255, 255, 195, 47, 1, 16, 135, 5, 0, 186, 247, 255, 3,
];

/// `1 << log` mebibytes of zeros. One mebibyte is compressed up to a byte's boundary, and that block is
/// repeated: each refers back to zeros only, so that each means the same.
pub(super) fn gzip_bomb(log: u32) -> Bytes {
    const MIB: usize = 1 << 20;
    let zeros = vec![0_u8; MIB];
    let mut block = Vec::with_capacity(2 * MIB);
    let mut compress = Compress::new(Compression::best(), false);
    if compress
        .compress_vec(&zeros, &mut block, FlushCompress::Full)
        .is_err()
    {
        return Bytes::new();
    }
    let mut crc = Crc::new();
    crc.update(&zeros);
    for _ in 0..log {
        // Twice the zeros, without looking at them all.
        let mut same = Crc::new();
        same.combine(&crc);
        crc.combine(&same);
    }
    let mut bomb = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
    bomb.extend(block.repeat(1 << log));
    // An empty last block, the checksum, the length.
    bomb.extend_from_slice(&[3, 0]);
    bomb.extend_from_slice(&crc.sum().to_le_bytes());
    bomb.extend_from_slice(&crc.amount().to_le_bytes());
    bomb.into()
}

/// `bytes` in brotli, not compressed: blocks of at most 64 KiB that are marked so.
pub(super) fn brotli(bytes: &[u8]) -> Bytes {
    let mut stream = Vec::with_capacity(bytes.len() + bytes.len() / 1_000 + 16);
    for (index, block) in bytes.chunks(1 << 16).enumerate() {
        let length = u32::try_from(block.len() - 1).unwrap_or(u32::MAX);
        // From the lowest bit: not the last, four digits of length, the length, not compressed.
        let header = (length << 3) | (1 << 19);
        // The first follows one bit that says the window's size.
        let header = if index == 0 { header << 1 } else { header };
        stream.extend(header.to_le_bytes().iter().take(3));
        stream.extend_from_slice(block);
    }
    // The last block, empty; alone it also needs the window's size.
    stream.push(if bytes.is_empty() { 6 } else { 3 });
    stream.into()
}

/// HTML around `body`.
pub(super) fn html(body: &str) -> Bytes {
    format!(
        "<!doctype html><html lang=\"en\"><head><title>Fault</title></head><body>\
         <article>{body}</article></body></html>"
    )
    .into()
}

/// A paragraph that a reader may take for one.
pub(super) const PARAGRAPH: &str = "<p>In 2024 the observatory counted 1,204 meteors in a single \
    night, the most since it was opened in 1931, and published the record in March.</p>\n";

/// `times` times `text`.
pub(super) fn repeated(text: &str, times: usize) -> Bytes {
    html(&text.repeat(times))
}

/// One element with 100,000 attributes.
pub(super) fn attributes() -> Bytes {
    let attributes = (0..100_000).map(|n| format!(" a{n}=\"{n}\""));
    let attributes = attributes.collect::<Vec<_>>().concat();
    html(&format!("<div{attributes}>{PARAGRAPH}</div>"))
}

/// Words with a NUL after each.
pub(super) fn nuls() -> Bytes {
    html(
        &PARAGRAPH
            .repeat(10)
            .replace("er ", "er\0 ")
            .replace("the", "t\0he"),
    )
}

/// Bytes that no UTF-8 has, between words that could be.
pub(super) fn bad_utf8() -> Bytes {
    let mut bytes = html(&PARAGRAPH.repeat(10)).to_vec();
    for byte in bytes.iter_mut().skip(200).step_by(50) {
        *byte = 0xff;
    }
    bytes.into()
}

/// A PNG's first bytes and noise.
pub(super) fn png() -> Bytes {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend((0..20_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]));
    bytes.into()
}

/// A small PDF, by its first and last bytes.
pub(super) fn pdf() -> Bytes {
    Bytes::from_static(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
}

/// Windows-1252 text with an accent.
pub(super) fn latin1() -> Bytes {
    let page = html(&PARAGRAPH.repeat(10)).to_vec();
    let mut bytes = page;
    for byte in bytes.iter_mut().filter(|byte| **byte == b'o') {
        *byte = 0xf6;
    }
    bytes.into()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn unbrotli(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut unpacked = Vec::new();
        let mut decoder = brotli_decompressor::Decompressor::new(bytes, 4_096);
        decoder.read_to_end(&mut unpacked)?;
        Ok(unpacked)
    }

    #[test]
    fn the_gzip_bomb_is_valid_and_a_thousand_times_its_size() {
        let bomb = gzip_bomb(4);

        let mut unpacked = Vec::new();
        let read = flate2::read::GzDecoder::new(&bomb[..]).read_to_end(&mut unpacked);

        assert_eq!(read.expect("checksum and length are right"), 16 << 20);
        assert!(unpacked.iter().all(|byte| *byte == 0));
        assert!(bomb.len() < 17_000, "{}", bomb.len());
    }

    #[test]
    fn the_brotli_bomb_is_valid() {
        assert_eq!(unbrotli(&BROTLI_BOMB).expect("brotli").len(), 64 << 20);
    }

    #[test]
    fn bytes_survive_brotli() {
        for length in [0, 1, 65_535, 65_536, 65_537, 200_000] {
            let bytes: Vec<u8> = (0..length).map(|n: u32| n.to_le_bytes()[0]).collect();

            assert!(
                unbrotli(&brotli(&bytes)).expect("brotli") == bytes,
                "{length}"
            );
        }
    }
}
