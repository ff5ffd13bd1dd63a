//! Identities that Lambda hands out with an invocation.

use std::time::{Duration, UNIX_EPOCH};

use runtime::clock;

/// `count` random hexadecimal digits. They name things; they keep no secret.
pub(super) fn hex(count: usize) -> String {
    std::iter::repeat_with(|| fastrand::digit(16))
        .take(count)
        .collect()
}

/// A request id in the shape of a version 4 UUID.
pub(crate) fn request_id(prefix: Option<u32>) -> String {
    let bits = fastrand::u128(..);
    let bits = match prefix {
        Some(prefix) => (bits & (u128::MAX >> 32)) | (u128::from(prefix) << 96),
        None => bits,
    };
    let bits = (bits & !(0xF << 76)) | (0x4 << 76);
    let bits = (bits & !(0x3 << 62)) | (0x2 << 62);
    let text = format!("{bits:032x}");
    let mut id = String::with_capacity(36);
    for (index, digit) in text.chars().enumerate() {
        if matches!(index, 8 | 12 | 16 | 20) {
            id.push('-');
        }
        id.push(digit);
    }
    id
}

/// A trace header that is not sampled.
pub(super) fn trace_id() -> String {
    let seconds = since_epoch().as_secs();
    format!(
        "Root=1-{seconds:08x}-{};Parent={};Sampled=0",
        hex(24),
        hex(16)
    )
}

/// The wall clock as Lambda's headers count it.
pub(super) fn since_epoch() -> Duration {
    // Before 1970 there is no Lambda; zero makes a function complain about its deadline.
    clock::wall()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_id_has_the_shape_of_a_random_uuid() {
        let id = request_id(None);

        let lengths: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
        assert_eq!(id.as_bytes()[14], b'4', "{id}");
        assert!(
            matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'),
            "{id}"
        );
        assert_ne!(id, request_id(None));
        assert!(request_id(Some(0xab)).starts_with("000000ab-"));
    }
}
