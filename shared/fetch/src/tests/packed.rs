//! Block C, compressed bodies: cut, corrupt, bombs, or of a kind nobody asked for.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::bodies::{HTML, STORY, failing, fetched, is_too_large, is_truncated};
use super::site::{answer, page};
use super::world::caps;
use crate::{Corrupt, FetchError};

pub(super) fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).expect("memory");
    encoder.finish().expect("memory")
}

pub(super) fn brotli(plain: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: 5,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &plain[..], &mut packed, &params).expect("memory");
    packed
}

pub(super) fn packed(coding: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    answer(
        "200 OK",
        &[HTML, &format!("Content-Encoding: {coding}")],
        body,
    )
}

fn is_corrupt(error: &FetchError) -> bool {
    matches!(
        error,
        FetchError::BodyCorrupt {
            why: Corrupt::Stream { .. },
            ..
        }
    )
}

#[tokio::test]
async fn packed_bodies_are_unpacked() {
    let long = STORY.repeat(5_000);
    let halves = [gzip(&long.as_bytes()[..99]), gzip(&long.as_bytes()[99..])].concat();
    for (coding, body) in [
        ("gzip", gzip(long.as_bytes())),
        ("x-gzip", gzip(long.as_bytes())),
        ("GZIP", halves),
        ("br", brotli(long.as_bytes())),
        ("identity", long.clone().into_bytes()),
    ] {
        let page = fetched(packed(coding, body)).await;

        assert_eq!(page.expect(coding).body, long, "{coding}");
    }
}

#[tokio::test]
async fn an_empty_body_is_empty_whatever_its_coding() {
    for coding in ["identity", "gzip", "br"] {
        let page = fetched(packed(coding, "")).await;

        assert!(page.expect(coding).body.is_empty());
    }
}

#[tokio::test]
async fn packed_streams_that_end_early_are_truncated() {
    for (coding, whole) in [
        ("gzip", gzip(STORY.as_bytes())),
        ("br", brotli(STORY.as_bytes())),
    ] {
        for kept in [1, 5, whole.len() / 2, whole.len() - 1] {
            let error = failing(packed(coding, &whole[..kept])).await;

            assert!(is_truncated(&error), "{coding} {kept}: {error:?}");
        }
    }
}

#[tokio::test]
async fn packed_streams_that_break_their_format_are_corrupt() {
    let whole = gzip(STORY.repeat(50).as_bytes());
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0xff;
    let mut wrong_sum = whole.clone();
    let sum = wrong_sum.len() - 8;
    wrong_sum[sum] ^= 1;
    // An empty stream, sound but for a window of 2^24 bytes that only the extension knows.
    let large_window = [0x11, 0xd8];
    for (coding, body) in [
        ("gzip", STORY.as_bytes().to_vec()),
        ("gzip", flipped),
        ("gzip", wrong_sum),
        ("gzip", [&whole[..], b"and what is this"].concat()),
        ("br", [0xff; 64].to_vec()),
        ("br", large_window.to_vec()),
        ("br", [&brotli(STORY.as_bytes())[..], b"more"].concat()),
    ] {
        let error = failing(packed(coding, &body)).await;

        assert!(is_corrupt(&error), "{coding} {body:x?}: {error:?}");
    }
}

#[tokio::test]
async fn more_members_than_any_compressor_writes_are_refused() {
    let member = gzip(b"<p>");

    let many = fetched(packed("gzip", member.repeat(1_024))).await;
    let more = failing(packed("gzip", member.repeat(1_025))).await;

    assert_eq!(many.expect("they are plausible").body.len(), 3 * 1_024);
    assert!(is_corrupt(&more), "{more:?}");
}

pub(super) fn zlib(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).expect("memory");
    encoder.finish().expect("memory")
}

#[tokio::test]
async fn deflate_is_unpacked_with_and_without_its_wrapper() {
    let long = STORY.repeat(5_000);
    let wrapped = zlib(long.as_bytes());
    let bare = &wrapped[2..wrapped.len() - 4];

    for body in [&wrapped[..], bare] {
        let page = fetched(packed("deflate", body)).await;
        assert_eq!(page.expect("deflate").body, long);
        let cut = failing(packed("deflate", &body[..body.len() / 2])).await;
        assert!(is_truncated(&cut), "{cut:?}");
    }
    let more = failing(packed("deflate", [&wrapped[..], b"more"].concat())).await;
    assert!(is_corrupt(&more), "{more:?}");
}

#[tokio::test]
async fn two_codings_on_top_of_each_other_are_undone() {
    for (coding, body) in [
        ("gzip, gzip", gzip(&gzip(STORY.as_bytes()))),
        ("deflate, gzip", gzip(&zlib(STORY.as_bytes()))),
        ("gzip, identity, br", brotli(&gzip(STORY.as_bytes()))),
    ] {
        let page = fetched(packed(coding, body)).await;
        assert_eq!(page.expect(coding).body, STORY, "{coding}");
    }
    let twice = ["Content-Encoding: gzip", "Content-Encoding: gzip", HTML];
    let page = fetched(answer("200 OK", &twice, gzip(&gzip(STORY.as_bytes())))).await;
    assert_eq!(page.expect("two headers").body, STORY);
    let bomb = gzip(&gzip(&vec![0; 16 * caps().body_bytes_max]));
    let error = failing(packed("gzip, gzip", bomb)).await;
    assert!(is_too_large(&error), "{error:?}");
}

#[tokio::test]
async fn a_coding_that_is_none_is_passed_over_if_the_body_is_a_page() {
    for coding in ["UTF-8", "none", "text/html", ""] {
        let page = fetched(packed(coding, STORY)).await;
        assert_eq!(page.expect(coding).body, STORY);
    }
    let error = failing(packed("own", b"\x01\x02\x03 packed by nobody else")).await;
    assert!(
        matches!(
            &error,
            FetchError::BodyCorrupt { why: Corrupt::UnknownCoding(name), .. } if name == "own"
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn codings_that_were_not_asked_for_are_refused() {
    for coding in ["zstd", "compress", "gzip, zstd", "gzip, gzip, gzip"] {
        let error = failing(packed(coding, STORY)).await;

        assert!(
            matches!(
                &error,
                FetchError::BodyCorrupt { why: Corrupt::UnknownCoding(name), .. } if name == coding
            ),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_body_that_was_packed_twice_is_not_a_page() {
    for answer in [
        packed("gzip", gzip(&gzip(STORY.as_bytes()))),
        packed("br", brotli(&gzip(STORY.as_bytes()))),
        page(gzip(STORY.as_bytes())),
    ] {
        let error = failing(answer).await;

        assert!(
            matches!(
                error,
                FetchError::BodyCorrupt {
                    why: Corrupt::Twice,
                    ..
                }
            ),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn bombs_are_cut_off_at_the_cap() {
    let zeros = vec![0; 16 * caps().body_bytes_max];
    for (coding, bomb) in [("gzip", gzip(&zeros)), ("br", brotli(&zeros))] {
        assert!(bomb.len() < zeros.len() / 500, "{coding} packs zeros well");

        let error = failing(packed(coding, &bomb)).await;

        assert!(is_too_large(&error), "{coding}: {error:?}");
    }
}

#[tokio::test]
async fn a_packed_stream_that_yields_nothing_is_cut_off_as_well() {
    // A gzip header whose file name never ends, and brotli metadata blocks without data.
    let name = [
        &b"\x1f\x8b\x08\x08\0\0\0\0\0\x03"[..],
        &vec![b'a'; 2 * 1024 * 1024],
    ]
    .concat();
    let head = format!("HTTP/1.1 200 OK\r\n{HTML}\r\nContent-Encoding: gzip\r\n\r\n");

    let error = failing([head.as_bytes(), &name].concat()).await;

    assert!(is_too_large(&error) || is_corrupt(&error), "{error:?}");
}
