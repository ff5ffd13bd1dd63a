//! What can be typed.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use domain::{ArticleId, ErrorClass, RunStatus};
use store::Cursor;

/// Turns a Postgres table of article URLs into grounded facts, and never fails silently.
///
/// Without `DATABASE_URL` everything runs on this machine: Postgres, the queue, both functions, a
/// sample site and an offline stand-in for the LLM (rules, not a language model).
#[derive(Debug, Parser)]
#[command(
    name = "gleaner",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(after_help = "Start with `cargo gleaner run`. The README has the table of variables.")]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Process what is due: the whole pipeline on this machine, with real function processes.
    Run(RunArgs),
    /// Bring the database up to date; adopts an existing `articles` table.
    Migrate(JsonArgs),
    /// Add articles by URL; the next run processes them.
    Add(AddArgs),
    /// Show how many articles are in which state, the oldest wait, and failures by class.
    Status(JsonArgs),
    /// Tell every attempt of an article: steps, times, class, reason.
    Why(OneArticle),
    /// Show the facts of an article, each with its quote.
    Facts(OneArticle),
    /// Make one HTML file of articles, their facts in place, and of the pipeline.
    Report(ReportArgs),
    /// Print facts as lines, from where the last export ended.
    Export(ExportArgs),
    /// Make failed articles due again, by id or by class.
    Retry(RetryArgs),
    /// Make finished articles due again, by prompt version, model or status.
    Reprocess(ReprocessArgs),
    /// Show what the LLM cost, by day and model.
    Cost(JsonArgs),
    /// Check the invariants of the database; exit code 1 when one is broken, 2 when it cannot look.
    Doctor(JsonArgs),
    /// Extract the main text of a page: a file, a URL, or `-` for standard input.
    Extract(ExtractArgs),
    /// Look quotes up in a text: reads {"quote","sentence"?} lines, prints a verdict a line.
    Ground(GroundArgs),
    /// Run the offline stand-in for the LLM alone (rules, not a language model).
    StandIn(StandInArgs),
    /// Start Postgres, queue, site and stand-in for `sam local invoke`, with ten due articles.
    Up(UpArgs),
    /// End what `up` started in this folder.
    Down,
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Serve one function over the Runtime API; started by `run`, never by hand.
    #[command(hide = true)]
    Function {
        /// `article` or `scheduler`.
        name: String,
    },
}

/// `run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// Pages to add and process; `-` reads URLs from standard input, one a line.
    pub(crate) urls: Vec<String>,
    /// A file with URLs, one a line; blank lines and lines with # are passed over.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Keep the schedule: go on until Ctrl-C.
    #[arg(long)]
    pub(crate) watch: bool,
    /// Add the sample pages to the database of `DATABASE_URL` too.
    #[arg(long)]
    pub(crate) samples: bool,
    /// How many articles are worked on at once.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) concurrency: u16,
    /// Time limit of one article's function (such as 90s or 10m); 15m with a model on this machine or in
    /// this network, else 2m.
    #[arg(long, value_name = "TIME", value_parser = function_limit)]
    pub(crate) timeout: Option<Duration>,
    /// Print JSON lines instead of a display and tables.
    #[arg(long)]
    pub(crate) json: bool,
    /// Let the stand-in wait so long before each answer (such as 200ms or 2s).
    #[arg(long, value_name = "DELAY", value_parser = duration)]
    pub(crate) delay: Option<Duration>,
}

/// A command whose only choice is its form.
#[derive(Debug, Args)]
pub(crate) struct JsonArgs {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `add`.
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// URLs of articles; `-` reads them from standard input, one a line.
    #[arg(required_unless_present = "file")]
    pub(crate) urls: Vec<String>,
    /// A file with URLs, one a line.
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A command about one article.
#[derive(Debug, Args)]
pub(crate) struct OneArticle {
    /// The article's id.
    pub(crate) id: ArticleId,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// Ids of articles; without any choice the newest 200 are taken.
    #[arg(conflicts_with_all = ["since", "class", "all"])]
    pub(crate) ids: Vec<ArticleId>,
    /// Articles that changed within so long, such as 7d, 12h or 30m.
    #[arg(long, value_name = "TIME", value_parser = stretch, conflicts_with = "all")]
    pub(crate) since: Option<Duration>,
    /// Articles that are not done for this reason (`status` lists them).
    #[arg(long, conflicts_with = "all")]
    pub(crate) class: Option<ErrorClass>,
    /// All articles, the newest 2,000.
    #[arg(long)]
    pub(crate) all: bool,
    /// Where the file goes.
    #[arg(short, long, value_name = "FILE", default_value = "report.html")]
    pub(crate) output: PathBuf,
    /// Show it in the browser.
    #[arg(long)]
    pub(crate) open: bool,
    /// Make no file: serve the page on this machine, refreshed every few seconds, until Ctrl-C.
    #[arg(long, conflicts_with = "output")]
    pub(crate) watch: bool,
    /// The port for `--watch`; 0 is any free one.
    #[arg(long, default_value_t = 8099, requires = "watch")]
    pub(crate) port: u16,
}

/// `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// A JSON object a line.
    #[arg(long, required_unless_present_any = ["csv", "annotations"])]
    pub(crate) jsonl: bool,
    /// CSV with headings, as Postgres' COPY reads it.
    #[arg(long, conflicts_with = "jsonl")]
    pub(crate) csv: bool,
    /// A W3C Web Annotation a line.
    #[arg(long, conflicts_with_all = ["jsonl", "csv"])]
    pub(crate) annotations: bool,
    /// Only what was committed since an export that ended with this cursor.
    #[arg(long, value_name = "CURSOR")]
    pub(crate) since: Option<Cursor>,
    /// Reads the cursor from this file, if it is there, and writes the new one into it at the end.
    #[arg(long, value_name = "FILE", conflicts_with = "since")]
    pub(crate) cursor_file: Option<PathBuf>,
}

/// `retry`.
#[derive(Debug, Args)]
pub(crate) struct RetryArgs {
    /// Ids of articles.
    #[arg(required_unless_present = "class", conflicts_with = "class")]
    pub(crate) ids: Vec<ArticleId>,
    /// Every failed article of this class (`status` lists them).
    #[arg(long)]
    pub(crate) class: Option<ErrorClass>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `reprocess`.
#[derive(Debug, Args)]
#[group(required = true, multiple = true, args = ["prompt_version", "model", "status"])]
pub(crate) struct ReprocessArgs {
    /// Articles whose facts come from this prompt version.
    #[arg(long, value_name = "VERSION")]
    pub(crate) prompt_version: Option<String>,
    /// Articles whose facts come from this model.
    #[arg(long)]
    pub(crate) model: Option<String>,
    /// Articles whose run ended so: `partial` where facts are incomplete, `empty` where none were found.
    #[arg(long, value_parser = run_status)]
    pub(crate) status: Option<RunStatus>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `extract`.
#[derive(Debug, Args)]
pub(crate) struct ExtractArgs {
    /// A file, a URL, or `-` for standard input.
    #[arg(required_unless_present = "jsonl")]
    pub(crate) source: Option<String>,
    /// Print all fields as JSON.
    #[arg(long, conflicts_with = "explain")]
    pub(crate) json: bool,
    /// Show the candidates, and why blocks were kept or dropped.
    #[arg(long)]
    pub(crate) explain: bool,
    /// Take the text of the elements that a CSS selector names.
    #[arg(long, value_name = "CSS")]
    pub(crate) select: Option<extract::Selector>,
    /// Every *.html of a folder, one {"id","text","ms"} a line, in one process.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["source", "json", "explain"])]
    pub(crate) jsonl: Option<PathBuf>,
}

/// `ground`.
#[derive(Debug, Args)]
pub(crate) struct GroundArgs {
    /// The text that the quotes should be in.
    pub(crate) text: PathBuf,
}

/// `stand-in`.
#[derive(Debug, Args)]
pub(crate) struct StandInArgs {
    /// Where to listen; loopback only.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8090")]
    pub(crate) listen: SocketAddr,
    /// Wait so long before each answer (such as 200ms or 2s).
    #[arg(long, value_name = "DELAY", value_parser = duration)]
    pub(crate) delay: Option<Duration>,
    /// Misbehave: `NAME` or `NAME;times=N`; may be given again for the calls after that.
    #[arg(long, value_name = "FAULT")]
    pub(crate) fault: Vec<String>,
}

/// `up`.
#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// How many articles are due.
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) articles: u16,
    /// Listen on loopback even if there is a Docker engine.
    #[arg(long)]
    pub(crate) loopback: bool,
    /// Print what to type as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Reads how a run that was kept ended.
fn run_status(text: &str) -> Result<RunStatus, String> {
    let kept = [RunStatus::Ok, RunStatus::Empty, RunStatus::Partial];
    let found = kept.into_iter().find(|status| status.as_str() == text);
    found.ok_or_else(|| format!("{text:?} is not one of ok, empty, partial"))
}

/// Reads `7d`, `12h`, `30m` or `90s`.
fn stretch(text: &str) -> Result<Duration, String> {
    let units = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
    let read = units.iter().find_map(|(unit, seconds)| {
        let number: u32 = text.strip_suffix(*unit)?.parse().ok()?;
        Some(Duration::from_secs(u64::from(number) * seconds))
    });
    read.filter(|stretch| !stretch.is_zero() && *stretch <= STRETCH_MAX)
        .ok_or_else(|| format!("{text:?} is not a time such as 7d, 12h or 30m"))
}

/// Longer than any pipeline has run.
const STRETCH_MAX: Duration = Duration::from_secs(100 * 365 * 86_400);

/// Reads `200ms`, `2s`, `1.5s` or `2` (seconds).
fn duration(text: &str) -> Result<Duration, String> {
    let (number, factor) = match text.strip_suffix("ms") {
        Some(number) => (number, 0.001),
        None => (text.strip_suffix('s').unwrap_or(text), 1.0),
    };
    let seconds = number
        .trim()
        .parse::<f64>()
        .ok()
        .map(|number| number * factor);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| *duration <= Duration::from_secs(3_600))
        .ok_or_else(|| format!("{text:?} is not a time such as 200ms or 2s, at most an hour"))
}

/// Reads `90s`, `90` or `10m`: what Lambda allows, and enough to answer at all.
fn function_limit(text: &str) -> Result<Duration, String> {
    let minutes = text
        .strip_suffix('m')
        .and_then(|number| number.trim().parse::<u64>().ok());
    let limit = match minutes {
        Some(minutes) => Duration::from_secs(minutes.saturating_mul(60)),
        None => duration(text)?,
    };
    if (Duration::from_secs(30)..=Duration::from_mins(15)).contains(&limit) {
        Ok(limit)
    } else {
        Err(format!("{text:?} is not between 30s and 15m"))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn a_function_s_limit_is_what_lambda_allows() {
        for (text, seconds) in [("90s", 90), ("30", 30), ("10m", 600), ("15m", 900)] {
            assert_eq!(
                function_limit(text),
                Ok(Duration::from_secs(seconds)),
                "{text}"
            );
        }
        for text in ["5s", "16m", "1h", "", "m", "-1m"] {
            assert!(function_limit(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_failed_run_is_none_that_could_be_kept() {
        assert_eq!(run_status("partial"), Ok(RunStatus::Partial));
        assert!(run_status("failed").is_err());
    }

    #[test]
    fn stretches_of_time_are_read_with_their_units() {
        assert_eq!(stretch("7d"), Ok(Duration::from_secs(604_800)));
        assert_eq!(stretch("30m"), Ok(Duration::from_secs(1_800)));
        for wrong in ["", "d", "0d", "7", "-1d", "4294967295d", "1w"] {
            assert!(stretch(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_read_with_their_units() {
        assert_eq!(duration("200ms"), Ok(Duration::from_millis(200)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1_500)));
        assert_eq!(duration("2"), Ok(Duration::from_secs(2)));
        assert!(duration("-1s").is_err());
        assert!(duration("soon").is_err());
        assert!(duration("2h").is_err());
    }
}
