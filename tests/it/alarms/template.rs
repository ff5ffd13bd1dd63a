//! The template's metric filters and alarms, read from its YAML.

use std::str::FromStr;

use serde_yaml_ng::Value;

use super::cloudwatch::{Alarm, Comparison, Filter, Missing, Query, Stat, Statistic};

const TEMPLATE: &str = include_str!("../../../template.yaml");

/// What is watched, and by whom it is told.
pub(super) struct Watch {
    pub(super) filters: Vec<Filter>,
    pub(super) alarms: Vec<Alarm>,
}

pub(super) fn read() -> Watch {
    let template: Value = serde_yaml_ng::from_str(TEMPLATE).expect("YAML");
    let resources = template["Resources"].as_mapping().expect("resources");
    let of_type = |kind: &'static str| {
        resources
            .iter()
            .filter(move |(_, resource)| resource["Type"] == kind)
            .map(|(name, resource)| (text(name), &resource["Properties"]))
    };
    Watch {
        filters: of_type("AWS::Logs::MetricFilter")
            .map(|(_, filter)| read_filter(filter))
            .collect(),
        alarms: of_type("AWS::CloudWatch::Alarm")
            .map(|(name, alarm)| read_alarm(name, alarm))
            .collect(),
    }
}

/// A text, or what a tag such as `!Ref` names.
fn text(value: &Value) -> String {
    match value {
        Value::Tagged(tagged) => text(&tagged.value),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        other => panic!("no text: {other:?}"),
    }
}

fn number<N: FromStr>(value: &Value) -> N {
    let text = text(value);
    text.parse().unwrap_or_else(|_| panic!("no number: {text}"))
}

fn read_filter(filter: &Value) -> Filter {
    let transformations = filter["MetricTransformations"].as_sequence();
    let [metric] = transformations.expect("transformations").as_slice() else {
        panic!("one metric a filter: {filter:?}");
    };
    assert!(
        metric.get("DefaultValue").is_none(),
        "none is needed, and one would hide that nothing ran"
    );
    Filter {
        log: text(&filter["LogGroupName"]),
        pattern: text(&filter["FilterPattern"]),
        metric: own(&text(&metric["MetricName"])),
        value: text(&metric["MetricValue"]),
    }
}

/// A metric of ours, as series are named here.
fn own(name: &str) -> String {
    format!("Gleaner/{name}")
}

fn read_alarm(name: String, alarm: &Value) -> Alarm {
    let count = |key: &str| alarm.get(key).map(number::<usize>);
    let periods = count("EvaluationPeriods").expect("periods");
    let actions = alarm["AlarmActions"].as_sequence().expect("actions");
    let topics: Vec<String> = actions.iter().map(text).collect();
    assert_eq!(alarm["AlarmActions"], alarm["OKActions"], "{name}");
    assert!(
        topics == ["PageTopic"] || topics == ["TicketTopic"],
        "{name}: {topics:?}"
    );
    Alarm {
        is_page: topics == ["PageTopic"],
        query: match alarm.get("Metrics") {
            Some(metrics) => read_math(metrics.as_sequence().expect("metrics")),
            None => Query::One(read_stat(alarm, &text(&alarm["Statistic"]))),
        },
        comparison: match text(&alarm["ComparisonOperator"]).as_str() {
            "GreaterThanThreshold" => Comparison::Greater,
            "GreaterThanOrEqualToThreshold" => Comparison::AtLeast,
            "LessThanThreshold" => Comparison::Less,
            other => panic!("{name}: {other}"),
        },
        threshold: number(&alarm["Threshold"]),
        periods,
        points: count("DatapointsToAlarm").unwrap_or(periods),
        missing: match text(&alarm["TreatMissingData"]).as_str() {
            "breaching" => Missing::Breaching,
            "notBreaching" => Missing::NotBreaching,
            other => panic!("{name}: {other}"),
        },
        description: text(&alarm["AlarmDescription"]),
        name,
    }
}

/// A metric with its statistic and period.
fn read_stat(at: &Value, statistic: &str) -> Stat {
    let metric = at.get("Metric").unwrap_or(at);
    let namespace = text(&metric["Namespace"]);
    let name = text(&metric["MetricName"]);
    let dimensions = metric.get("Dimensions").and_then(Value::as_sequence);
    let of = dimensions.map(|all| text(&all[0]["Value"]));
    let metric = match of {
        None => {
            assert!(namespace.starts_with("Gleaner/"), "{namespace} {name}");
            own(&name)
        }
        Some(of) => format!("{namespace}/{name}/{}", of.replace(".QueueName", "")),
    };
    let period: i64 = number(&at["Period"]);
    assert!(period % 60 == 0, "whole minutes");
    Stat {
        metric,
        statistic: match statistic {
            "Sum" => Statistic::Sum,
            "Maximum" => Statistic::Maximum,
            "Average" => Statistic::Average,
            "SampleCount" => Statistic::Count,
            other => panic!("{other}"),
        },
        minutes: period / 60,
    }
}

/// `IF(count >= N, value, 0)`, the one form in use. Both parts are statistics of one metric, so that
/// either both are there or none is, and nothing has to be filled in.
fn read_math(parts: &[Value]) -> Query {
    let part = |id: &str| {
        let found = parts.iter().find(|part| part["Id"] == id);
        let stat = &found.unwrap_or_else(|| panic!("no {id}"))["MetricStat"];
        read_stat(stat, &text(&stat["Stat"]))
    };
    let expression = parts.iter().find_map(|part| part.get("Expression"));
    let expression = text(expression.expect("an expression"));
    let inside = expression
        .strip_prefix("IF(")
        .and_then(|it| it.strip_suffix(", 0)"));
    let inside = inside.unwrap_or_else(|| panic!("another form: {expression}"));
    let (condition, value) = inside.split_once(", ").expect("a value");
    let (count, least) = condition.split_once(" >= ").expect("a condition");
    let (count, value) = (part(count), part(value));
    assert_eq!(
        (&count.metric, count.minutes),
        (&value.metric, value.minutes)
    );
    Query::IfEnough {
        count,
        least: least.parse().expect("a number"),
        value,
    }
}
