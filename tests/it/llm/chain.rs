//! A chain of models: when the next one is asked, and when it must not be.

use super::*;

#[tokio::test]
async fn the_next_model_answers_when_the_first_is_out() {
    for (script, first_said) in [
        ("stall_headers;times=always", "slow"),
        ("503;times=always", "server"),
        ("429;retry_after=60;times=always", "throttled"),
        ("reset;times=always", "unreachable"),
        ("quota;times=always", "quota"),
        ("refusal;times=always", "refused"),
        ("prose;times=always", "invalid"),
    ] {
        let first = stand_in(script).await;
        let second = stand_in("").await;
        let chain = vec![
            route(&first, Dialect::OpenAi),
            route(&second, Dialect::Anthropic),
        ];
        let finder = finder(chain);

        let (result, took) = timed(&finder, TEXT).await;

        let found = result.expect("the second answers");
        assert!(took < BUDGET, "{script}: {took:?}");
        assert_eq!(
            (found.route_failures.len(), second.requests()),
            (1, 1),
            "{script}"
        );
        let failed = FindFailure {
            error: found.route_failures[0].error.clone(),
            record: found.record.clone(),
            salvage: Vec::new(),
            route_failures: Vec::new(),
        };
        assert_eq!(word(&Err(Box::new(failed))), first_said);
        first.stop().await;
        second.stop().await;
    }
}

#[tokio::test]
async fn a_broken_configuration_is_seen_and_not_gone_round() {
    for (script, verdict) in [("401;times=always", "auth"), ("404;times=always", "config")] {
        let first = stand_in(script).await;
        let second = stand_in("").await;
        let finder = finder(vec![
            route(&first, Dialect::OpenAi),
            route(&second, Dialect::OpenAi),
        ]);

        let result = find(&finder, TEXT).await;

        assert_eq!((word(&result), second.requests()), (verdict, 0));
        first.stop().await;
        second.stop().await;
    }
}

#[tokio::test]
async fn the_same_account_is_not_asked_again_when_its_credit_is_spent() {
    let stand_in = stand_in("quota;times=always").await;
    let mut other_model = route(&stand_in, Dialect::OpenAi);
    other_model.model = "another".to_owned();
    let finder = finder(vec![route(&stand_in, Dialect::OpenAi), other_model]);

    let result = find(&finder, TEXT).await;

    assert_eq!((word(&result), stand_in.requests()), ("quota", 1));
    stand_in.stop().await;
}
