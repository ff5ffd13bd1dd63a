//! The cookies of one journey: what a host sets on the way is sent back to that host alone, and
//! forgotten with the journey. Consent and session redirects need no more, so names, values, `Secure`
//! and removal are read, and nothing else; `Domain` never widens a cookie to other hosts.

use http::{HeaderMap, HeaderValue, header};

use crate::guard::Target;

/// Cookies kept; sites that set more before an article do not need them all back.
const COOKIES_MAX: usize = 30;

/// Bytes of one cookie, as browsers bound it.
const COOKIE_BYTES_MAX: usize = 4_096;

/// Bytes of one Cookie header; servers refuse requests with larger heads.
const HEADER_BYTES_MAX: usize = 8_192;

struct Cookie {
    host: String,
    secure: bool,
    name: Vec<u8>,
    value: Vec<u8>,
}

/// The cookies of one journey.
#[derive(Default)]
pub(crate) struct CookieJar {
    cookies: Vec<Cookie>,
    changes: u32,
}

impl CookieJar {
    /// How often something has changed: the same URL may answer differently then.
    pub(crate) const fn changes(&self) -> u32 {
        self.changes
    }

    /// Keeps what `target` sets in an answer's headers.
    pub(crate) fn keep(&mut self, target: &Target, headers: &HeaderMap) {
        for set in headers.get_all(header::SET_COOKIE) {
            if let Some((cookie, removed)) = read(target, set.as_bytes()) {
                self.put(cookie, removed);
            }
        }
    }

    /// The Cookie header for a request to `target`, if there is anything to send.
    pub(crate) fn header_for(&self, target: &Target) -> Option<HeaderValue> {
        let host = target.authority();
        let mut sent = Vec::new();
        let own = |cookie: &&Cookie| cookie.host == host && (target.tls || !cookie.secure);
        for cookie in self.cookies.iter().filter(own) {
            let length = cookie.name.len() + cookie.value.len() + "; =".len();
            if sent.len() + length > HEADER_BYTES_MAX {
                break;
            }
            if !sent.is_empty() {
                sent.extend_from_slice(b"; ");
            }
            sent.extend_from_slice(&cookie.name);
            sent.push(b'=');
            sent.extend_from_slice(&cookie.value);
        }
        if sent.is_empty() {
            return None;
        }
        // It came in headers, so it fits into one; what did not would not be sent.
        HeaderValue::from_bytes(&sent).ok()
    }

    fn put(&mut self, cookie: Cookie, removed: bool) {
        let same = |known: &Cookie| known.host == cookie.host && known.name == cookie.name;
        let known = self.cookies.iter().position(same);
        let held = known.and_then(|at| self.cookies.get(at));
        let changes = match held {
            Some(held) => removed || held.value != cookie.value,
            None => !removed && self.cookies.len() < COOKIES_MAX,
        };
        if !changes {
            return;
        }
        if let Some(at) = known {
            self.cookies.remove(at);
        }
        if !removed {
            self.cookies.push(cookie);
        }
        self.changes += 1;
    }
}

/// Reads one Set-Cookie, and whether it removes the cookie.
fn read(target: &Target, set: &[u8]) -> Option<(Cookie, bool)> {
    if set.len() > COOKIE_BYTES_MAX {
        return None;
    }
    let mut parts = set.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let pair = parts.next()?;
    let at = pair.iter().position(|byte| *byte == b'=')?;
    let (name, value) = (
        pair.get(..at)?.trim_ascii(),
        pair.get(at + 1..)?.trim_ascii(),
    );
    if name.is_empty() {
        return None;
    }
    let (mut secure, mut removed) = (false, false);
    for part in parts {
        secure |= part.eq_ignore_ascii_case(b"secure");
        let age = part.get(.."max-age=".len());
        removed |= age.is_some_and(|age| age.eq_ignore_ascii_case(b"max-age="))
            && part
                .get("max-age=".len()..)
                .is_some_and(|age| age == b"0" || age.starts_with(b"-"));
    }
    let cookie = Cookie {
        host: target.authority(),
        secure,
        name: name.to_vec(),
        value: value.to_vec(),
    };
    Some((cookie, removed))
}
