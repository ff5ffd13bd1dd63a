//! The sum of what calls used, failed ones too.

use domain::Usage;

use crate::cost::prices::Price;
use crate::dialect::envelope::Tokens;

/// What one or more calls used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    calls: i32,
    tokens: Tokens,
    micro_usd: i64,
    /// Calls whose cost cannot be known.
    unpriced: i32,
}

impl Tally {
    /// Counts a call that was answered, with what the answer reported.
    pub(crate) fn answered(&mut self, status: u16, tokens: Option<Tokens>, price: Option<Price>) {
        self.calls += 1;
        let Some(tokens) = tokens else {
            // A refused request is not billed; an answer without usage costs nobody knows what.
            self.unpriced += i32::from((200..300).contains(&status));
            return;
        };
        self.tokens.input += tokens.input;
        self.tokens.cached += tokens.cached;
        self.tokens.written += tokens.written;
        self.tokens.output += tokens.output;
        self.tokens.reasoning += tokens.reasoning;
        match price {
            Some(price) => self.micro_usd += price.cost_micro_usd(tokens),
            None => self.unpriced += 1,
        }
    }

    /// Counts a call that was never answered in full. If the request was sent, it may be billed.
    pub(crate) const fn unanswered(&mut self, sent: bool) {
        self.calls += 1;
        if sent {
            self.unpriced += 1;
        }
    }

    /// Adds another sum.
    pub(crate) const fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.tokens.input += other.tokens.input;
        self.tokens.cached += other.tokens.cached;
        self.tokens.written += other.tokens.written;
        self.tokens.output += other.tokens.output;
        self.tokens.reasoning += other.tokens.reasoning;
        self.micro_usd += other.micro_usd;
        self.unpriced += other.unpriced;
    }

    /// The cost of the calls whose cost is known.
    pub(crate) const fn known_micro_usd(&self) -> i64 {
        self.micro_usd
    }

    /// Calls whose cost cannot be known.
    pub(crate) const fn unpriced(&self) -> i32 {
        self.unpriced
    }

    /// The sum as rows hold it.
    pub(crate) fn usage(&self) -> Usage {
        Usage {
            calls: self.calls,
            tokens_in: self.tokens.input,
            tokens_cached: self.tokens.cached,
            tokens_out: self.tokens.output,
            tokens_reasoning: self.tokens.reasoning,
            cost_micro_usd: (self.unpriced == 0).then_some(self.micro_usd),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unknown_price_makes_the_sum_unknown_and_a_refusal_does_not() {
        let tokens = Tokens {
            input: 5,
            output: 1,
            ..Tokens::default()
        };
        let price = crate::cost::prices::Prices::read(Some(r#"{"m":{"in":1,"out":1}}"#))
            .expect("a table")
            .of("m", &"https://a.test".parse().expect("a URL"));
        let mut tally = Tally::default();

        tally.answered(500, None, price);
        tally.answered(200, Some(tokens), price);
        assert_eq!(tally.usage().cost_micro_usd, Some(6));

        tally.answered(200, Some(tokens), None);
        assert_eq!(
            (tally.usage().cost_micro_usd, tally.usage().tokens_in),
            (None, 10)
        );
        assert_eq!(tally.usage().calls, 3);
        assert_eq!((tally.known_micro_usd(), tally.unpriced()), (6, 1));
    }
}
