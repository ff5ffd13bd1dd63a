//! The decision table row by row, with the words that providers use.

use super::*;

const FROM: Origin<'static> = Origin {
    dialect: Dialect::OpenAi,
    endpoint: "https://llm.test",
    model: "m",
};

fn verdict(status: u16, body: &str) -> ResponseClass {
    let response = Response {
        status,
        retry_after: None,
        body: body.as_bytes(),
    };
    classify_response(&response, FROM).0
}

fn failure(status: u16, body: &str) -> FactsError {
    match verdict(status, body) {
        ResponseClass::Failure(error) => error,
        other => panic!("{status} {body}: {other:?}"),
    }
}

#[test]
fn each_status_has_its_class() {
    for status in [408, 409, 500, 501, 502, 503, 504, 520, 524, 529] {
        assert!(
            matches!(failure(status, "<html>"), FactsError::Server { .. }),
            "{status}"
        );
    }
    assert!(matches!(failure(429, "{}"), FactsError::Throttled { .. }));
    assert!(matches!(failure(402, "{}"), FactsError::Quota { .. }));
    assert!(matches!(failure(401, "{}"), FactsError::Auth { .. }));
    assert!(matches!(failure(403, "{}"), FactsError::Auth { .. }));
    assert!(matches!(failure(413, ""), FactsError::TooLong { .. }));
    for (status, expected) in [
        (404, ConfigProblem::UnknownModel),
        (302, ConfigProblem::Redirected),
        (405, ConfigProblem::Rejected),
    ] {
        assert!(
            matches!(failure(status, ""), FactsError::Config { problem, .. } if problem == expected)
        );
    }
}

#[test]
fn quota_is_not_taken_for_a_rate_limit_nor_the_reverse() {
    for (status, body) in [
        (
            429,
            r#"{"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}}"#,
        ),
        (
            400,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}"#,
        ),
        (403, r#"{"error":{"message":"insufficient credits"}}"#),
    ] {
        assert!(
            matches!(failure(status, body), FactsError::Quota { .. }),
            "{body}"
        );
    }
    let google = r#"{"error":{"code":429,"message":"You exceeded your current quota","status":"RESOURCE_EXHAUSTED",
        "details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"27s"}]}}"#;
    let FactsError::Throttled { retry_after, .. } = failure(429, google) else {
        panic!("a rate limit");
    };
    assert_eq!(retry_after, Some(Duration::from_secs(27)));
}

#[test]
fn a_rejection_is_read_for_what_it_rejects() {
    for (body, expected) in [
        (
            r#"{"error":{"param":"response_format","message":"unsupported"}}"#,
            Feature::Format,
        ),
        (
            r#"{"error":{"message":"'response_format.type' must be text"}}"#,
            Feature::Format,
        ),
        (
            r#"{"error":{"message":"Unsupported parameter: 'max_completion_tokens'"}}"#,
            Feature::Limit,
        ),
        (
            r#"{"detail":[{"type":"extra_forbidden","loc":["body","max_completion_tokens"]}]}"#,
            Feature::Limit,
        ),
        (
            r#"{"error":{"param":"temperature","message":"Only the default (1) is supported"}}"#,
            Feature::Temperature,
        ),
    ] {
        assert_eq!(
            verdict(400, body),
            ResponseClass::Refuses(expected),
            "{body}"
        );
    }
    let long = r#"{"error":{"code":"context_length_exceeded","message":"This model's maximum context length is 8192"}}"#;
    assert!(matches!(failure(400, long), FactsError::TooLong { .. }));
    let filtered = r#"{"error":{"code":"content_filter"}}"#;
    assert!(matches!(
        failure(400, filtered),
        FactsError::Filtered { .. }
    ));
    let bad = r#"{"error":{"code":"json_validate_failed"}}"#;
    assert!(matches!(failure(400, bad), FactsError::Invalid { .. }));
}

#[test]
fn no_broken_200_passes_for_an_empty_one() {
    let with_content = |content: &str| {
        let body = serde_json::json!({"choices": [{"message": {"content": content}, "finish_reason": "stop"}]});
        body.to_string()
    };
    for (body, expected) in [
        (String::new(), Flaw::NotJson),
        ("<html>busy</html>".to_owned(), Flaw::NotJson),
        ("data: {}\n\ndata: [DONE]".to_owned(), Flaw::NotJson),
        (
            r#"{"error":{"message":"overloaded"}}"#.to_owned(),
            Flaw::ErrorInside,
        ),
        (r#"{"choices":[]}"#.to_owned(), Flaw::NoChoice),
        (
            r#"{"choices":[{"message":{"content":null},"finish_reason":"stop"}]}"#.to_owned(),
            Flaw::NoText,
        ),
        (with_content("I am sorry."), Flaw::Prose),
        (with_content("{\"facts\":null}"), Flaw::NotSchema),
    ] {
        assert_eq!(failure(200, &body), FROM.invalid(expected), "{body}");
    }
    assert!(matches!(
        failure(200, r#"{"error":{"code":502,"message":"bad gateway"}}"#),
        FactsError::Server { status: 502, .. }
    ));
}

#[test]
fn an_unknown_finish_reason_is_accepted_when_the_answer_is_sound() {
    let body =
        r#"{"choices":[{"message":{"content":"{\"facts\":[]}"},"finish_reason":"whatever"}]}"#;

    assert!(matches!(verdict(200, body), ResponseClass::Answer(answer) if !answer.cut));
}

#[test]
fn a_cut_answer_is_kept_as_cut_and_never_as_empty() {
    let body = r#"{"choices":[{"message":{"content":"{\"facts\":["},"finish_reason":"length"}]}"#;

    assert!(matches!(verdict(200, body), ResponseClass::Answer(answer) if answer.cut));
}

mod properties {
    use proptest::prelude::*;

    use crate::fuzzing::answer;

    /// Sound answers of both dialects, and an error, to be damaged.
    const BODIES: [&str; 4] = [
        r#"{"model":"m","choices":[{"message":{"content":"{\"facts\":[{\"quote\":\"a b\",\"claim\":\"A b.\"}]}","refusal":null},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":5}}"#,
        r#"{"model":"m","content":[{"type":"text","text":"{\"facts\":[{\"quote\":\"a b\",\"claim\":\"A b.\"}]}"}],"stop_reason":"max_tokens","usage":{"input_tokens":10,"output_tokens":-5}}"#,
        r#"{"choices":[{"message":{"content":[{"type":"text","text":"{\"facts\":[]}"}]},"finish_reason":"length"}],"usage":{"prompt_tokens":1e300}}"#,
        r#"{"error":{"code":429,"message":"quota","param":"temperature","details":[{"retryDelay":"27s"}]}}"#,
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        /// The bounded run of the fuzz target.
        #[test]
        fn no_damage_to_an_answer_makes_a_decoder_panic(
            which in 0_usize..4, dialect in any::<bool>(), status in prop::sample::select(vec![200_u16, 200, 400, 404, 429, 500]),
            damage in prop::collection::vec((0_usize..400, any::<u8>()), 0..4), cut in 20_usize..400,
        ) {
            let mut bytes = BODIES[which].as_bytes().to_vec();
            let len = bytes.len();
            for (at, byte) in damage {
                bytes[at % len] = byte;
            }
            bytes.truncate(cut);
            answer(dialect, status, &bytes);
        }
    }
}
