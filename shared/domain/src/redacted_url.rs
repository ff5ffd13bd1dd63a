//! URLs as they may be printed: in rows of ours, logs, messages and on screens.

/// A URL without user, password and fragment, and with the values of its query left out: tokens and
/// signatures travel there. The names of its parameters stay, so that it can still be told apart.
#[must_use]
pub fn redacted_url(url: &str) -> String {
    let url = url.split('#').next().unwrap_or(url);
    let (address, query) = match url.split_once('?') {
        Some((address, query)) => (address, Some(query)),
        None => (url, None),
    };
    let mut redacted = without_user(address);
    if let Some(query) = query {
        let names = query.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _value)) => format!("{name}=…"),
            None => "…".to_owned(),
        });
        redacted.push('?');
        redacted.push_str(&names.collect::<Vec<_>>().join("&"));
    }
    redacted
}

fn without_user(address: &str) -> String {
    let (scheme, rest) = match address.split_once("//") {
        Some((scheme, rest)) => (format!("{scheme}//"), rest),
        None => (String::new(), address),
    };
    let (host, path) = match rest.find(['/', '\\']) {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let host = host.rsplit('@').next().unwrap_or(host);
    format!("{scheme}{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_is_left_out_and_the_rest_stays() {
        for (url, redacted) in [
            ("https://a.test/story", "https://a.test/story"),
            ("https://u:pw@a.test:8443/x#top", "https://a.test:8443/x"),
            ("https://u:p@w@a.test", "https://a.test"),
            (
                "https://a.test/x?id=7&sig=s3cret&flag",
                "https://a.test/x?id=…&sig=…&…",
            ),
            ("https://a.test?s3cret", "https://a.test?…"),
            ("u:pw@a.test/x", "a.test/x"),
            ("https://a.test/@name/x", "https://a.test/@name/x"),
            ("", ""),
        ] {
            assert_eq!(redacted_url(url), redacted);
        }
    }
}
