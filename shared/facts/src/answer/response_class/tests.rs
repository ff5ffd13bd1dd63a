//! The decision table row by row, with the words that providers use.

use super::*;

const FROM: Origin<'static> = Origin {
    dialect: Dialect::OpenAi,
    endpoint: "https://llm.test",
    model: "m",
    sent: KeySent::Authorization,
    key: "canary-key",
    prompt: "",
};

fn class_of(status: u16, body: &str) -> ResponseClass {
    let response = Response {
        status,
        retry_after: None,
        body: body.as_bytes(),
    };
    classify_response(&response, FROM).0
}

fn failure(status: u16, body: &str) -> FactsError {
    match class_of(status, body) {
        ResponseClass::Failure(error) => error,
        other => panic!("{status} {body}: {other:?}"),
    }
}

fn refused(status: u16, body: &str) -> Option<Feature> {
    match class_of(status, body) {
        ResponseClass::Refuses { feature, .. } => Some(feature),
        ResponseClass::Answer(_) | ResponseClass::Failure(_) => None,
    }
}

fn chat(content: &str, finish: &str) -> String {
    let choice = serde_json::json!({"message": {"content": content}, "finish_reason": finish});
    serde_json::json!({"choices": [choice]}).to_string()
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
        (404, ConfigProblem::UnknownPath),
        (302, ConfigProblem::Redirected),
        (405, ConfigProblem::UnknownPath),
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
        assert_eq!(refused(400, body), Some(expected), "{body}");
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
        failure(
            200,
            r#"{"choices":[{"message":{"content":"{\"facts\":[]}"},"finish_reason":"stop","error":{"code":502}}]}"#
        ),
        FactsError::Server { status: 502, .. }
    ));
    assert!(matches!(
        failure(200, r#"{"error":{"code":502,"message":"bad gateway"}}"#),
        FactsError::Server { status: 502, .. }
    ));
}

#[test]
fn an_unknown_finish_reason_is_accepted_when_the_answer_is_sound_and_not_empty() {
    let facts = r#"{"facts":[{"quote":"a b","claim":"A b."}]}"#;

    assert!(
        matches!(class_of(200, &chat(facts, "whatever")), ResponseClass::Answer(answer) if !answer.cut)
    );
    let empty = r#"{"facts":[]}"#;
    assert!(matches!(
        class_of(200, &chat(empty, "stop")),
        ResponseClass::Answer(_)
    ));
    for finish in ["whatever", "SAFETY", "error", "length", "refusal"] {
        let class = class_of(200, &chat(empty, finish));
        let is_none = matches!(&class, ResponseClass::Answer(answer) if !answer.cut);
        assert!(!is_none, "{finish}: {class:?}");
    }
}

#[test]
fn errors_that_are_told_as_answers_are_judged_by_their_words() {
    type Expected = fn(&FactsError) -> bool;
    let server: Expected = |it| matches!(it, FactsError::Server { .. });
    let path: Expected = |it| {
        matches!(
            it,
            FactsError::Config {
                problem: ConfigProblem::UnknownPath,
                ..
            }
        )
    };
    let model: Expected = |it| {
        matches!(
            it,
            FactsError::Config {
                problem: ConfigProblem::UnknownModel,
                ..
            }
        )
    };
    let cases: [(&str, Expected); 13] = [
        (
            r#"{"error":{"message":"Overloaded","type":"overloaded_error"}}"#,
            server,
        ),
        (r#"{"error":"something broke"}"#, server),
        (
            "upstream connect error or disconnect/reset before headers",
            server,
        ),
        (r#"{"detail":"Model is loading"}"#, server),
        (
            r#"{"choices":[{"message":{"content":"{\"fac"},"finish_reason":"error"}]}"#,
            server,
        ),
        (
            r#"{"error":"Unexpected endpoint or method. (POST /chat/completions)"}"#,
            path,
        ),
        (
            r#"{"code":500,"msg":"404 NOT_FOUND","success":false}"#,
            path,
        ),
        (
            r#"{"error":{"message":"The model m does not exist"}}"#,
            model,
        ),
        (r#"{"error":{"code":"401","message":"no"}}"#, |it| {
            matches!(it, FactsError::Auth { .. })
        }),
        (r#"{"error":{"message":"insufficient balance"}}"#, |it| {
            matches!(it, FactsError::Quota { .. })
        }),
        (r#"{"error":{"message":"Rate limit reached"}}"#, |it| {
            matches!(it, FactsError::Throttled { .. })
        }),
        (r#"{"error":{"message":"Content Exists Risk"}}"#, |it| {
            matches!(it, FactsError::Filtered { .. })
        }),
        (
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long"}}"#,
            |it| matches!(it, FactsError::TooLong { .. }),
        ),
    ];
    for (body, expected) in cases {
        let failure = failure(200, body);
        assert!(expected(&failure), "{body}: {failure:?}");
    }
}

#[test]
fn one_article_s_refusal_is_told_from_the_account_s() {
    for (status, body) in [
        (400, r#"{"error":{"message":"Content Exists Risk"}}"#),
        (
            403,
            r#"{"error":{"message":"Your input was flagged by moderation"}}"#,
        ),
        (
            400,
            r#"{"code":"DataInspectionFailed","message":"Input data may contain inappropriate content."}"#,
        ),
        (451, ""),
    ] {
        assert!(
            matches!(failure(status, body), FactsError::Filtered { .. }),
            "{body}"
        );
    }
    for (status, body) in [
        (
            400,
            r#"{"error":{"message":"Input could not be processed"}}"#,
        ),
        (403, r#"{"error":{"message":"this cannot be answered"}}"#),
        (422, r#"{"detail":"bad text"}"#),
    ] {
        assert!(
            matches!(failure(status, body), FactsError::Rejected { .. }),
            "{body}"
        );
    }
    for (status, body) in [
        (403, ""),
        (
            403,
            r#"{"error":{"message":"Your account is not allowed to use it"}}"#,
        ),
        (400, r#"{"error":{"message":"API key not valid"}}"#),
    ] {
        assert!(
            matches!(failure(status, body), FactsError::Auth { .. }),
            "{body}"
        );
    }
    let balance = r#"{"code":30001,"message":"Sorry, your account balance is insufficient"}"#;
    assert!(matches!(failure(403, balance), FactsError::Quota { .. }));
    let wall = "<!DOCTYPE html><title>Just a moment...</title>";
    let wall = failure(403, wall).to_string();
    assert!(
        wall.contains("firewall") && wall.contains("Just a moment"),
        "{wall}"
    );
}

#[test]
fn a_schema_is_given_up_in_whatever_words_it_is_refused() {
    for (status, body) in [
        (
            400,
            r#"[{"error":{"code":400,"message":"Unknown name \"additionalProperties\" at 'generation_config.response_schema'"}}]"#,
        ),
        (
            400,
            r#"[{"error":{"message":"The specified schema produces a constraint that has too many states for serving."}}]"#,
        ),
        (400, r#"{"error":"'response_format.type' must be 'text'"}"#),
        (
            400,
            r#"{"error":{"message":"Failed to initialize samplers: failed to parse grammar"}}"#,
        ),
        (
            500,
            r#"{"error":{"code":500,"message":"JSON schema conversion failed: Unrecognized schema"}}"#,
        ),
        (
            404,
            r#"{"error":{"message":"No endpoints found that can handle the requested parameters."}}"#,
        ),
        (
            422,
            r#"{"detail":"guided decoding is not built in: response_format"}"#,
        ),
    ] {
        assert_eq!(refused(status, body), Some(Feature::Format), "{body}");
    }
    assert_eq!(
        refused(500, r#"{"error":{"message":"Internal error"}}"#),
        None
    );
}

#[test]
fn an_answer_limit_that_is_too_large_is_given_up_in_whatever_words() {
    for (status, body) in [
        (
            400,
            "maximum context length is 8192 tokens. However, you requested 17000 tokens (1000 in the messages, 16000 in the completion)",
        ),
        (
            400,
            "maximum context length is 16384 tokens. However, you requested about 17000 tokens (1000 of text input, 16000 in the output).",
        ),
        (
            413,
            "Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 17000, please reduce your message size",
        ),
        (
            429,
            "Request too large for m on tokens per min (TPM): Limit 10000. The input or output tokens must be reduced",
        ),
        (
            402,
            "This request requires more credits, or fewer max_tokens. You requested up to 16000 tokens, but can only afford 8000.",
        ),
        (
            400,
            "`max_completion_tokens` must be less than or equal to `8192`",
        ),
    ] {
        let body = serde_json::json!({"error": {"message": body}}).to_string();
        assert_eq!(refused(status, &body), Some(Feature::Limit), "{body}");
    }
    let long = r#"{"message":"maximum context length is 8192 tokens. However, you requested 25000 tokens (9000 in the messages, 16000 in the completion)"}"#;
    assert!(matches!(failure(400, long), FactsError::TooLong { .. }));
}

#[test]
fn words_of_the_request_that_an_error_repeats_do_not_count() {
    let body = r#"{"detail":[{"msg":"wrong","input":"the content policy of the grammar school"}]}"#;

    assert!(matches!(failure(422, body), FactsError::Rejected { .. }));
}

#[test]
fn an_answer_that_the_endpoint_s_own_check_refused_is_read_all_the_same() {
    let good = r#"{"error":{"code":"json_validate_failed","failed_generation":"{\"facts\":[{\"quote\":\"a b\",\"claim\":\"A.\"}]}"}}"#;
    let bad = r#"{"error":{"code":"json_validate_failed","failed_generation":"{\"facts\":[]"}}"#;

    assert!(matches!(class_of(400, good), ResponseClass::Answer(_)));
    assert_eq!(failure(400, bad), FROM.invalid(Flaw::OwnCheck));
}

#[test]
fn what_the_endpoint_said_is_told_and_no_key_with_it() {
    let told = failure(401, r#"{"error":{"message":"wrong key canary-key"}}"#).to_string();

    assert!(
        told.contains("wrong key [key]") && told.contains("authorization"),
        "{told}"
    );
}

#[test]
fn a_sound_answer_is_taken_under_any_good_status_and_behind_comments() {
    let facts = chat(r#"{"facts":[{"quote":"a b","claim":"A b."}]}"#, "stop");
    for (status, body) in [
        (201, facts.clone()),
        (200, format!(": KEEP-ALIVE\n\n: KEEP-ALIVE\n\n{facts}")),
        (200, format!("{{\"code\":0,\"data\":{facts}}}")),
        (200, format!("[{facts}]")),
    ] {
        assert!(
            matches!(class_of(status, &body), ResponseClass::Answer(_)),
            "{body}"
        );
    }
    let thought = r#"{"choices":[{"message":{"content":"","reasoning_content":"{\"facts\":[]}"},"finish_reason":"stop"}]}"#;
    assert_eq!(failure(200, thought), FROM.invalid(Flaw::OnlyReasoning));
}

#[test]
fn a_cut_answer_is_kept_as_cut_and_never_as_empty() {
    let body = r#"{"choices":[{"message":{"content":"{\"facts\":["},"finish_reason":"length"}]}"#;

    assert!(matches!(class_of(200, body), ResponseClass::Answer(answer) if answer.cut));
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
