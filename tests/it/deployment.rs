//! template.yaml against the code: what is deployed has the names, limits and words that the
//! functions have.

use std::fs;
use std::path::{Path, PathBuf};

use domain::{BudgetLevel, DoneKind, ErrorClass, limits};
use runtime::config::{ArticleConfig, Environment, MigrateConfig, SchedulerConfig, VARIABLES};

/// Lambda sets these for every function.
const GIVEN_BY_LAMBDA: [(&str, &str); 6] = [
    ("AWS_REGION", "eu-west-1"),
    ("AWS_ACCESS_KEY_ID", "id"),
    ("AWS_SECRET_ACCESS_KEY", "key"),
    ("AWS_SESSION_TOKEN", "token"),
    ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
    ("AWS_LAMBDA_LOG_LEVEL", "INFO"),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn template() -> String {
    fs::read_to_string(root().join("template.yaml")).expect("read the template")
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// What stands below a key, found by its path; the template is ours and plainly indented.
fn below<'a>(lines: &[&'a str], path: &[&str]) -> Vec<&'a str> {
    let Some((key, deeper)) = path.split_first() else {
        return lines.to_vec();
    };
    let depth = lines
        .iter()
        .find(|line| !line.trim().is_empty())
        .map_or(0, |line| indent(line));
    let at = lines.iter().position(|line| {
        indent(line) == depth && line.trim_start().starts_with(&format!("{key}:"))
    });
    let at = at.unwrap_or_else(|| panic!("{key} is missing in the template"));
    let inner = lines[at + 1..]
        .iter()
        .take_while(|line| line.is_empty() || indent(line) > depth);
    let inner: Vec<&str> = inner.copied().filter(|line| !is_comment(line)).collect();
    below(&inner, deeper)
}

fn is_comment(line: &str) -> bool {
    line.trim().is_empty() || line.trim_start().starts_with('#')
}

/// The keys and texts that stand directly below a path.
fn entries(path: &[&str]) -> Vec<(String, String)> {
    let text = template();
    let lines: Vec<&str> = text.lines().filter(|line| !is_comment(line)).collect();
    let inner = below(&lines, path);
    let depth = inner.first().map_or(0, |line| indent(line));
    let direct = inner.iter().filter(|line| indent(line) == depth);
    direct
        .filter_map(|line| line.trim().split_once(':'))
        .map(|(key, value)| (key.to_owned(), value.trim().trim_matches('"').to_owned()))
        .collect()
}

fn number(path: &[&str], key: &str) -> u64 {
    let entries = entries(path);
    let found = entries.iter().find(|(name, _)| name == key);
    let (_, value) = found.unwrap_or_else(|| panic!("{key} is missing below {path:?}"));
    value
        .parse()
        .unwrap_or_else(|_| panic!("{key} is {value:?}"))
}

/// A value such as a deployment puts there.
fn deployed(name: &str, written: &str) -> String {
    let text = match name {
        "DATABASE_URL" => "postgres://db.example:5432/news",
        "DATABASE_URL_SECRET" => "arn:aws:secretsmanager:eu-west-1:000000000000:secret:news",
        "DATABASE_TLS" => "verify-full",
        "DATABASE_CA_FILE" | "FETCH_CONTACT" | "LLM_API_KEY_SECRET" | "LLM_KEY_HEADER"
        | "LLM_PRICES" => "",
        "LLM_BASE_URL" => "https://llm.example/v1",
        "LLM_MODEL" => "a-model",
        "LLM_DIALECT" => "openai",
        "QUEUE_URL" => "https://sqs.eu-west-1.amazonaws.com/000000000000/articles",
        "GLEANER_TARGET_DEPTH" => "1000",
        "LLM_BUDGET_WARN_USD" => "40",
        "LLM_BUDGET_STOP_USD" => "50",
        _ => written,
    };
    text.to_owned()
}

/// The environment that the template gives a function, completed by what Lambda sets.
fn environment_of(function: &str) -> Environment {
    let globals = entries(&["Globals", "Function", "Environment", "Variables"]);
    let own = entries(&[
        "Resources",
        function,
        "Properties",
        "Environment",
        "Variables",
    ]);
    let template = globals.iter().chain(&own);
    let pairs = template.map(|(name, value)| (name.clone(), deployed(name, value)));
    let given = GIVEN_BY_LAMBDA
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Environment::of_pairs(pairs.chain(given))
}

#[test]
fn each_function_boots_in_the_environment_that_the_template_gives_it() {
    let article = ArticleConfig::read(&environment_of("ArticleFunction")).expect("complete");
    let scheduler = SchedulerConfig::read(&environment_of("SchedulerFunction")).expect("complete");

    MigrateConfig::read(&environment_of("MigrateFunction")).expect("complete");
    assert!(article.function.in_real_lambda && scheduler.function.in_real_lambda);
    let time_limit = |function| number(&["Resources", function, "Properties"], "Timeout");
    assert_eq!(
        article.function.time_default.as_secs(),
        time_limit("ArticleFunction")
    );
    assert_eq!(
        scheduler.function.time_default.as_secs(),
        time_limit("SchedulerFunction")
    );
}

#[test]
fn the_template_has_the_time_limits_that_the_code_counts_on() {
    let time_limit = number(&["Resources", "ArticleFunction", "Properties"], "Timeout");
    let queue = ["Resources", "ArticleQueue", "Properties"];
    let visibility = number(&queue, "VisibilityTimeout");
    let scheduler = SchedulerConfig::read(&environment_of("SchedulerFunction")).expect("complete");

    assert_eq!(time_limit, limits::INVOCATION_DEFAULT.as_secs());
    assert!(
        visibility >= 6 * time_limit,
        "a message never comes back while it is worked on"
    );
    assert!(
        scheduler.requeue_after.as_secs() > visibility,
        "an id is not sent again while its message may still be worked on"
    );
    assert!(number(&queue, "MessageRetentionPeriod") > scheduler.requeue_after.as_secs());
}

/// Everything between `"` that follows `$.FIELD = ` in the metric filters.
fn filtered(field: &str) -> Vec<String> {
    let text = template();
    let needle = format!("$.{field} = \"");
    let found = text
        .split(&needle)
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let found: Vec<String> = found.map(str::to_owned).collect();
    assert!(!found.is_empty(), "a metric is made of {field}");
    found
}

/// All source text of the functions and of telemetry.
fn sources() -> String {
    let files = rust_files(&[root().join("functions"), root().join("shared/runtime/src")]);
    files
        .iter()
        .map(|file| fs::read_to_string(file).expect("a source file"))
        .collect()
}

fn rust_files(folders: &[PathBuf]) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), folders.to_vec());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn every_word_that_a_metric_waits_for_is_a_word_that_is_logged() {
    let sources = sources();
    for message in filtered("message") {
        let begin = message.trim_end_matches('*');
        assert!(
            sources.contains(&format!("\"{begin}")),
            "nothing logs {message:?}"
        );
    }
    let outcomes = [DoneKind::Ok, DoneKind::NoFacts, DoneKind::Partial].map(DoneKind::as_str);
    for outcome in filtered("outcome") {
        let known =
            outcomes.contains(&&*outcome) || ["failed", "retry", "snooze"].contains(&&*outcome);
        assert!(known, "no outcome is {outcome:?}");
    }
    for reason in filtered("reason") {
        let begin = reason.trim_end_matches('*');
        let known = ErrorClass::ALL
            .iter()
            .any(|class| class.as_str().starts_with(begin));
        assert!(known, "no class is {reason:?}");
    }
    for level in filtered("llm_budget") {
        let known = BudgetLevel::ALL.iter().any(|it| it.as_str() == level);
        assert!(known, "no budget is {level:?}");
    }
    for field in [
        "stalled_s",
        "done_p50_s",
        "done_p95_s",
        "backlog",
        "oldest_due_s",
        "lost_workers",
        "llm_spent_micro_usd",
    ] {
        assert!(
            template().contains(&format!("$.{field}")),
            "{field} is a metric"
        );
        assert!(
            sources.contains(&format!("{field} = ")),
            "nothing logs {field}"
        );
    }
}

#[test]
fn every_alarm_has_its_chapter_in_the_runbook() {
    let runbook = fs::read_to_string(root().join("infra/runbook.md")).expect("the runbook");
    let text = template();
    let chapters = text.lines().filter_map(|line| line.split_once("Runbook: "));
    let chapters: Vec<&str> = chapters
        .map(|(_, name)| name.trim_end_matches('"'))
        .collect();

    assert!(chapters.len() >= 10, "{chapters:?}");
    assert_eq!(
        chapters.len(),
        text.matches("Type: AWS::CloudWatch::Alarm").count()
    );
    for chapter in chapters {
        let heading = format!("\n## {chapter}\n");
        assert!(
            runbook.to_lowercase().contains(&heading.to_lowercase()),
            "no chapter {chapter:?}"
        );
    }
}

#[test]
fn every_class_has_its_alarm_or_its_reason_for_none() {
    let runbook = fs::read_to_string(root().join("infra/runbook.md")).expect("the runbook");
    let (_, table) = runbook
        .split_once("\n## Classes\n")
        .expect("a table of classes");
    for class in ErrorClass::ALL {
        let word = format!("`{}`", class.as_str());
        let rows: Vec<&str> = table.lines().filter(|row| row.contains(&word)).collect();
        let [row] = rows.as_slice() else {
            panic!("{word} has {} rows", rows.len());
        };
        let alarm = row.split('|').nth(2).expect("an alarm").trim();
        let chapters: Vec<&str> = alarm.split("](#").skip(1).collect();
        assert!(
            !chapters.is_empty() || alarm.starts_with("none, because "),
            "{word}: {alarm}"
        );
        for chapter in chapters {
            let name = chapter
                .split(')')
                .next()
                .expect("its end")
                .replace('-', " ");
            assert!(
                runbook.to_lowercase().contains(&format!("\n## {name}\n")),
                "{name}"
            );
        }
    }
}

#[test]
fn make_has_a_target_for_each_function_of_the_template() {
    let makefile = fs::read_to_string(root().join("Makefile")).expect("the Makefile");
    let text = template();
    let built = text.matches("BuildMethod: makefile").count();

    assert_eq!(built, 3);
    for function in ["ArticleFunction", "SchedulerFunction", "MigrateFunction"] {
        assert!(
            text.contains(&format!("\n  {function}:\n")),
            "{function} is deployed"
        );
        assert!(
            makefile.contains(&format!("build-{function}: FUNCTION := ")),
            "{function}"
        );
    }
}

#[test]
fn the_templates_architecture_alone_decides_what_is_built() {
    let text = template();
    let chosen = "ContextPath: !If [OnIntel, infra/build/x86_64, infra/build/arm64]";
    assert_eq!(
        text.matches(chosen).count(),
        text.matches("BuildMethod: makefile").count()
    );
    assert!(text.contains("Architectures: [!If [OnIntel, x86_64, arm64]]"));
    let makefile = fs::read_to_string(root().join("Makefile")).expect("the Makefile");
    assert!(
        !makefile.contains("\nARCH"),
        "a default would disagree in silence"
    );
    for architecture in ["x86_64", "arm64"] {
        let file = root().join(format!("infra/build/{architecture}/Makefile"));
        let own = fs::read_to_string(file).expect("its Makefile");
        assert!(
            own.contains(&format!("\nARCH := {architecture}\ninclude Makefile\n")),
            "{own}"
        );
    }
}

#[test]
fn every_variable_that_is_taken_is_read_somewhere() {
    let folders = [
        root().join("shared/runtime/src/config"),
        root().join("infra/cloud/src"),
        root().join("infra/postgres/src"),
        root().join("infra/cli/src"),
        root().join("tests/database/src"),
    ];
    let mut sources = String::new();
    // the reader has the list itself
    for file in rust_files(&folders)
        .iter()
        .filter(|file| !file.ends_with("config/reader.rs"))
    {
        sources.push_str(&fs::read_to_string(file).expect("a source file"));
    }

    for variable in VARIABLES {
        assert!(
            sources.contains(&format!("\"{variable}\"")),
            "{variable} would be ignored"
        );
    }
}

#[test]
fn the_readme_names_every_variable_and_no_other() {
    let readme = fs::read_to_string(root().join("README.md")).expect("the README");
    let (_, table) = readme
        .split_once("## Configuration")
        .expect("a chapter on configuration");
    let table = table.split("\n## ").next().expect("its end");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    let named: Vec<&str> = cells
        .flat_map(|cell| cell.split('`'))
        .map(str::trim)
        .collect();
    let ours = |name: &&&str| {
        let prefixes = ["GLEANER_", "FETCH_", "LLM_", "DATABASE_"];
        prefixes.iter().any(|prefix| name.starts_with(prefix))
    };

    for name in named.iter().filter(ours) {
        assert!(
            VARIABLES.contains(name),
            "{name} is in the README and would be refused"
        );
    }
    for variable in VARIABLES
        .iter()
        .filter(|name| !name.starts_with("GLEANER_TEST_"))
    {
        assert!(
            named.contains(variable),
            "{variable} is missing in the README's table"
        );
    }
}

/// Managed policies whose statements name every resource, each with its reason.
const WIDE_POLICIES: [(&str, &str); 1] = [(
    "AWSLambdaVPCAccessExecutionRole",
    "network interfaces have no name before they are made",
)];

#[test]
fn no_role_of_the_template_may_do_everything_or_touch_everything() {
    let template: serde_yaml_ng::Value = serde_yaml_ng::from_str(&template()).expect("YAML");
    let resources = template["Resources"].as_mapping().expect("resources");
    let roles = resources
        .iter()
        .filter(|(_, resource)| resource["Type"] == "AWS::IAM::Role");
    let (mut statements, mut managed) = (0, 0);
    for (name, role) in roles {
        let text = serde_yaml_ng::to_string(&role["Properties"]).expect("text");
        for line in text.lines().map(str::trim) {
            if let Some(action) = line.strip_prefix("Action:") {
                statements += 1;
                assert!(!action.contains('*'), "{name:?}: {line}");
            }
            if line.starts_with("- ") && line.contains(':') || line.starts_with("Resource:") {
                assert!(!line.contains('*'), "{name:?}: {line}");
            }
            if line.contains("policy/") {
                managed += 1;
                let known = WIDE_POLICIES
                    .iter()
                    .any(|(policy, _)| line.contains(policy));
                assert!(known, "{name:?}: {line}");
            }
        }
    }
    assert!(
        statements >= 10 && managed >= 3,
        "{statements} statements, {managed} policies"
    );
}

#[test]
fn no_parameter_of_the_template_is_a_secret() {
    let text = template();
    assert!(
        !text.contains("NoEcho"),
        "a secret parameter would end in plain environment"
    );
    assert!(
        !text.contains("{{resolve:"),
        "what is resolved ends in plain environment"
    );
    for variable in ["DATABASE_URL_SECRET", "LLM_API_KEY_SECRET"] {
        assert!(text.contains(&format!(" {variable}: !Ref ")), "{variable}");
    }
    assert!(
        !text.contains(" LLM_API_KEY: "),
        "the key itself is no variable"
    );
}
