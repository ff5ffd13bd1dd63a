//! `CloudWatch` as its manual describes it: filter patterns over JSON lines, statistics over periods, and
//! M of N over an evaluation range in which what is missing is missing.

use std::collections::BTreeMap;

use serde_json::Value;

/// A metric made out of log lines.
pub(super) struct Filter {
    pub(super) log: String,
    pub(super) pattern: String,
    pub(super) metric: String,
    pub(super) value: String,
}

impl Filter {
    /// The value that a line publishes, if it matches.
    pub(super) fn value_of(&self, line: &Value) -> Option<f64> {
        let inside = self
            .pattern
            .trim()
            .strip_prefix('{')
            .and_then(|it| it.strip_suffix('}'));
        let terms = inside.expect("a pattern over JSON").split("||");
        let mut terms = terms.map(|term| term.trim().trim_matches(['(', ')']));
        if !terms.any(|term| matches(term.trim(), line)) {
            return None;
        }
        match self.value.strip_prefix("$.") {
            Some(field) => line.get(field)?.as_f64(),
            None => self.value.parse().ok(),
        }
    }
}

/// `$.field = "text*"`, `$.field = *`, `$.field > number`.
fn matches(term: &str, line: &Value) -> bool {
    let (path, rest) = term.split_once(' ').expect("a comparison");
    let field = line.get(path.strip_prefix("$.").expect("a field"));
    let (operator, operand) = rest.split_once(' ').expect("an operand");
    let Some(field) = field else { return false };
    match (operator, operand.trim_matches('"')) {
        ("=", "*") => true,
        ("=", text) => match (text.strip_suffix('*'), field.as_str()) {
            (Some(begin), Some(value)) => value.starts_with(begin),
            (None, Some(value)) => value == text,
            (_, None) => false,
        },
        (">", number) => field.as_f64() > Some(number.parse().expect("a number")),
        (other, _) => panic!("{other} in {term}"),
    }
}

/// Data points by metric and minute.
#[derive(Default)]
pub(super) struct Series(BTreeMap<String, Vec<(i64, f64)>>);

impl Series {
    pub(super) fn add(&mut self, metric: &str, minute: i64, value: f64) {
        let points = self.0.entry(metric.to_owned()).or_default();
        points.push((minute, value));
    }

    fn between(&self, metric: &str, from: i64, to: i64) -> Vec<f64> {
        let points = self.0.get(metric).map_or(&[][..], Vec::as_slice);
        let within = points.iter().filter(|(at, _)| (from..to).contains(at));
        within.map(|(_, value)| *value).collect()
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Statistic {
    Sum,
    Maximum,
    Average,
    Count,
}

pub(super) struct Stat {
    pub(super) metric: String,
    pub(super) statistic: Statistic,
    pub(super) minutes: i64,
}

impl Stat {
    /// The period that ends before `end`; `None` when nothing was published in it.
    fn over(&self, series: &Series, end: i64) -> Option<f64> {
        let values = series.between(&self.metric, end - self.minutes, end);
        let sum: f64 = values.iter().sum();
        let count: f64 = values.iter().map(|_| 1.0).sum();
        (!values.is_empty()).then(|| match self.statistic {
            Statistic::Sum => sum,
            Statistic::Maximum => values.iter().copied().fold(f64::MIN, f64::max),
            Statistic::Average => sum / count,
            Statistic::Count => count,
        })
    }
}

pub(super) enum Query {
    One(Stat),
    IfEnough {
        count: Stat,
        least: f64,
        value: Stat,
    },
}

pub(super) enum Comparison {
    Greater,
    AtLeast,
    Less,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Missing {
    Breaching,
    NotBreaching,
}

pub(super) struct Alarm {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) is_page: bool,
    pub(super) query: Query,
    pub(super) comparison: Comparison,
    pub(super) threshold: f64,
    pub(super) periods: usize,
    pub(super) points: usize,
    pub(super) missing: Missing,
}

impl Alarm {
    fn minutes(&self) -> i64 {
        match &self.query {
            Query::One(stat) | Query::IfEnough { value: stat, .. } => stat.minutes,
        }
    }

    fn point(&self, series: &Series, end: i64) -> Option<f64> {
        match &self.query {
            Query::One(stat) => stat.over(series, end),
            Query::IfEnough {
                count,
                least,
                value,
            } => {
                let enough = count.over(series, end)? >= *least;
                Some(if enough {
                    value.over(series, end)?
                } else {
                    0.0
                })
            }
        }
    }

    /// Whether it rings at `now`. Periods are whole ones, aligned to the clock, whose minute 0 is at
    /// `phase`. The range reaches `more` periods back beyond those that are needed: real points in it
    /// stand in for missing ones, and only what is then still lacking is treated as missing data.
    pub(super) fn rings(&self, series: &Series, now: i64, phase: i64, more: usize) -> bool {
        let minutes = self.minutes();
        let end = (now + phase).div_euclid(minutes) * minutes - phase;
        let mut left = self.periods;
        let mut breaching = 0;
        for back in 0..self.periods + more {
            let point = self.point(series, end - minutes * i64::try_from(back).expect("few"));
            if left > 0
                && let Some(value) = point
            {
                left -= 1;
                breaching += usize::from(match self.comparison {
                    Comparison::Greater => value > self.threshold,
                    Comparison::AtLeast => value >= self.threshold,
                    Comparison::Less => value < self.threshold,
                });
            }
        }
        if self.missing == Missing::Breaching {
            breaching += left;
        }
        breaching >= self.points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarm(periods: usize, points: usize, missing: Missing) -> Alarm {
        Alarm {
            name: "a".to_owned(),
            description: String::new(),
            is_page: true,
            query: Query::One(Stat {
                metric: "m".to_owned(),
                statistic: Statistic::Sum,
                minutes: 1,
            }),
            comparison: Comparison::Greater,
            threshold: 0.0,
            periods,
            points,
            missing,
        }
    }

    /// The manual's tables: `0` is fine, `X` breaches, `-` is missing; the newest is on the right.
    #[test]
    fn missing_data_is_treated_as_the_manuals_tables_have_it() {
        for (points, periods, needed, as_breaching, as_not_breaching) in [
            ("0-X-X", 3, 3, false, false),
            ("0----", 3, 3, false, false),
            ("-----", 3, 3, true, false),
            ("0XX-X", 3, 3, true, true),
            ("--X--", 3, 3, true, false),
            ("0-X-X", 3, 2, true, true),
            ("00X0X", 3, 2, true, true),
            ("0-X--", 3, 2, true, false),
            ("----0", 3, 2, true, false),
            ("---X-", 3, 2, true, false),
        ] {
            let mut series = Series::default();
            for (minute, point) in points
                .chars()
                .enumerate()
                .filter(|(_, point)| *point != '-')
            {
                let value = f64::from(u8::from(point == 'X'));
                series.add("m", i64::try_from(minute).expect("few"), value);
            }
            let rings = |missing| alarm(periods, needed, missing).rings(&series, 5, 0, 2);
            assert_eq!(
                rings(Missing::Breaching),
                as_breaching,
                "{points} {needed} of {periods}"
            );
            assert_eq!(
                rings(Missing::NotBreaching),
                as_not_breaching,
                "{points} {needed} of {periods}"
            );
        }
    }

    #[test]
    fn a_pattern_takes_the_lines_that_it_names() {
        let filter = |pattern: &str, value: &str| Filter {
            log: String::new(),
            pattern: pattern.to_owned(),
            metric: String::new(),
            value: value.to_owned(),
        };
        let line = serde_json::json!({"reason": "llm_auth", "stalled_s": 7, "message": "boot x"});

        assert_eq!(
            filter(r#"{ $.reason = "llm_*" }"#, "1").value_of(&line),
            Some(1.0)
        );
        assert_eq!(
            filter("{ $.stalled_s = * }", "$.stalled_s").value_of(&line),
            Some(7.0)
        );
        assert_eq!(filter("{ $.stalled_s > 7 }", "1").value_of(&line), None);
        let either = r#"{ ($.reason = "db_*") || ($.message = "boot*") }"#;
        assert_eq!(filter(either, "1").value_of(&line), Some(1.0));
        assert_eq!(filter(r#"{ $.reason = "llm" }"#, "1").value_of(&line), None);
    }
}
