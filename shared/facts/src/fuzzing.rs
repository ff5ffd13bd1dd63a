//! What any text and any bytes from a model must hold, for the fuzz targets in `tests/fuzz` and for
//! their bounded runs in this crate's tests. Compiled for both, and for nothing else.

#![expect(clippy::missing_panics_doc, reason = "a panic is what is looked for")]

use domain::Grounding;
use runtime::config::Dialect;

use crate::answer::reply::{self, FACTS_PER_ANSWER_MAX, Reply};
use crate::answer::response_class::{Origin, Response, ResponseClass, classify_response};
use crate::error::KeySent;
use crate::grounding;

/// The text of an answer: read or refused, within the caps, and the same way twice.
pub fn reply(text: &str) {
    let read = reply::whole(text);
    assert_eq!(read, reply::whole(text));
    let is_empty = read.as_ref().is_ok_and(|reply| reply.returned == 0);
    // an escape may spell the name
    let is_named = text.contains("facts") || text.contains("\\u");
    assert!(is_named || !is_empty, "no facts without a list");
    if let Ok(reply) = &read {
        check(reply);
    }
    check(&reply::prefix(text));
}

/// A text whose last line is a quote: a span lies in the text, an exact one is the quote, and the plain
/// digits of both are the same.
pub fn grounding(input: &str) {
    let (text, quote) = input.rsplit_once('\n').unwrap_or((input, input));
    let Some(found) = grounding::ground(text, quote, None) else {
        return;
    };
    let (start, end) = (found.span.start as usize, found.span.end as usize);
    let span: String = text.chars().skip(start).take(end - start).collect();
    assert_eq!(
        span.chars().count(),
        end - start,
        "the span lies in the text"
    );
    assert!(!span.is_empty());
    let is_same = span == quote.trim();
    assert_eq!(found.grounding == Grounding::Exact, is_same, "{span:?}");
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let is_plain = |c: char| c.is_ascii_digit() || !c.is_numeric();
    // Marks and references have digits of their own.
    if !quote.contains("&#")
        && !quote.contains(['⟦', '['])
        && span.chars().all(is_plain)
        && quote.chars().all(is_plain)
    {
        assert_eq!(digits(&span), digits(quote), "{span:?} for {quote:?}");
    }
}

/// The body of an answer of any status, in either dialect.
pub fn answer(anthropic: bool, status: u16, body: &[u8]) {
    let from = Origin {
        dialect: if anthropic {
            Dialect::Anthropic
        } else {
            Dialect::OpenAi
        },
        endpoint: "https://llm.test",
        model: "m",
        sent: KeySent::None,
        key: "",
        prompt: "",
    };
    let response = || Response {
        status,
        retry_after: None,
        body,
    };
    let (class, tokens) = classify_response(&response(), from);
    assert_eq!(classify_response(&response(), from).0, class);
    if let Some(tokens) = tokens {
        let counts = [tokens.input, tokens.cached, tokens.output, tokens.reasoning];
        assert!(counts.iter().all(|count| *count >= 0), "{tokens:?}");
    }
    match class {
        ResponseClass::Answer(answer) => {
            let is_empty = answer.reply.returned == 0 && !answer.cut;
            let body = String::from_utf8_lossy(body);
            // a server that refuses its own model's JSON shows it
            let is_shown = body.contains("failed_generation");
            assert!((200..300).contains(&status) || is_shown, "{status}: {body}");
            // an escape may spell the name, and mending the envelope may drop what splits it
            let is_odd = |c: char| c == '\\' || c.is_control();
            assert!(
                !is_empty || body.contains("facts") || body.contains(is_odd),
                "{body}"
            );
            check(&answer.reply);
        }
        ResponseClass::Refuses { .. } | ResponseClass::Failure(_) => {}
    }
}

fn check(reply: &Reply) {
    assert!(reply.facts.len() <= FACTS_PER_ANSWER_MAX && reply.facts.len() <= reply.returned);
    for fact in &reply.facts {
        assert!(!fact.quote.is_empty() && !fact.claim.is_empty());
        assert!(!fact.quote.contains('\0') && !fact.claim.contains('\0'));
    }
}
