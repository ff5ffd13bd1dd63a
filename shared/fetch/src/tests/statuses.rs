//! Block C, statuses: each falls into the class that its next attempt needs.

use std::time::Duration;

use super::site::{Site, answer};
use super::world::{Failure, World};
use crate::FetchError;

async fn answered(status: u16, headers: &[&str]) -> Failure {
    let page = "<!doctype html><p>an error page, which must not pass for the article";
    let mut headers = headers.to_vec();
    headers.push("Content-Type: text/html");
    let status_line = format!("{status} Whatever");
    let body = if status == 204 || status == 304 {
        ""
    } else {
        page
    };
    let site = Site::answering(answer(&status_line, &headers, body)).await;
    let failure = World::with(&site)
        .await
        .fails("http://93.184.215.14/")
        .await;
    assert_eq!(site.accepts(), 1);
    assert_eq!(failure.error.status(), Some(status), "{failure:?}");
    assert_eq!(failure.error.step(), domain::Step::Headers);
    failure
}

#[tokio::test]
async fn no_status_but_200_and_203_is_a_page() {
    for status in [
        201, 202, 204, 205, 206, 300, 304, 305, 400, 402, 405, 406, 407, 411, 418, 451,
    ] {
        let failure = answered(status, &[]).await;

        assert!(
            matches!(failure.error, FetchError::HttpRejected { .. }),
            "{failure:?}"
        );
    }
}

#[tokio::test]
async fn refusals_and_missing_pages_are_told_apart() {
    for status in [401, 403] {
        let failure = answered(status, &[]).await;
        assert!(
            matches!(failure.error, FetchError::HttpDenied { .. }),
            "{failure:?}"
        );
    }
    for status in [404, 410] {
        let failure = answered(status, &[]).await;
        assert!(
            matches!(failure.error, FetchError::HttpGone { .. }),
            "{failure:?}"
        );
    }
}

#[tokio::test]
async fn a_servers_trouble_and_its_plea_for_patience_are_told_apart() {
    for status in [408, 500, 501, 502, 503, 504, 520, 529, 599] {
        let failure = answered(status, &[]).await;
        assert!(
            matches!(
                failure.error,
                FetchError::HttpServer {
                    retry_after: None,
                    ..
                }
            ),
            "{failure:?}"
        );
    }
    for status in [425, 429] {
        let failure = answered(status, &[]).await;
        assert!(
            matches!(
                failure.error,
                FetchError::HttpThrottled {
                    retry_after: None,
                    ..
                }
            ),
            "{failure:?}"
        );
    }
}

#[tokio::test]
async fn a_wait_is_read_in_both_forms_and_never_exceeds_an_hour() {
    const HOUR: Option<Duration> = Some(Duration::from_hours(1));
    let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT";
    let cases: &[(&[&str], Option<Duration>)] = &[
        (&["Retry-After: 120"], Some(Duration::from_mins(2))),
        (&["Retry-After:  0 "], Some(Duration::ZERO)),
        (&["Retry-After: 86400"], HOUR),
        (&["Retry-After: 99999999999999999999999999"], HOUR),
        (&["Retry-After: -5"], None),
        (&["Retry-After: 1.5"], None),
        (&["Retry-After: soon"], None),
        (&["Retry-After: "], None),
        (
            &[date, "Retry-After: Sun, 06 Nov 1994 08:51:37 GMT"],
            Some(Duration::from_mins(2)),
        ),
        (
            &[date, "Retry-After: Sun, 06 Nov 1994 08:00:00 GMT"],
            Some(Duration::ZERO),
        ),
        (&[date, "Retry-After: Mon, 07 Nov 1994 08:49:37 GMT"], HOUR),
        // Without the server's own clock ours has to do: the date is long past, or far ahead.
        (
            &["Retry-After: Sun, 06 Nov 1994 08:49:37 GMT"],
            Some(Duration::ZERO),
        ),
        (&["Retry-After: Tue, 31 Dec 2999 23:59:59 GMT"], HOUR),
    ];
    for (headers, expected) in cases {
        for status in [429, 503] {
            let failure = answered(status, headers).await;

            assert_eq!(failure.error.retry_after(), *expected, "{headers:?}");
        }
    }
}
