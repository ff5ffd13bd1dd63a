//! `gleaner export`: facts as lines, in the order of their commits, from where the last export ended.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use domain::Budget;
use runtime::clock;
use runtime::config::Environment;
use store::{Cursor, ExportError, ExportForm, Exported, Store};

use crate::args::ExportArgs;
use crate::database::{self, Absent};
use crate::failure::advise;
use crate::print;

/// The longest export: whoever takes the lines may be slow.
const EXPORT_CAP: Duration = Duration::from_secs(6 * 3_600);

pub(crate) async fn export(args: ExportArgs) -> anyhow::Result<ExitCode> {
    let environment = Environment::of_process();
    let since = match &args.cursor_file {
        Some(path) => read_cursor(path)?,
        None => args.since,
    };
    let (database, _migrated) = database::open_migrated(&environment, Absent::Refuse).await?;
    let exported = lines(&database.store, form(&args), since).await;
    database.close().await?;
    let exported = exported?;
    if let Some(path) = &args.cursor_file {
        keep_cursor(path, exported.cursor)?;
    }
    say(&exported);
    Ok(ExitCode::SUCCESS)
}

fn form(args: &ExportArgs) -> ExportForm {
    match (args.csv, args.annotations) {
        (true, _) => ExportForm::Csv,
        (_, true) => ExportForm::Annotations,
        (false, false) => ExportForm::JsonLines,
    }
}

async fn lines(store: &Store, form: ExportForm, since: Option<Cursor>) -> anyhow::Result<Exported> {
    let mut out = BufWriter::with_capacity(256 * 1024, io::stdout());
    let mut write = |line: &str| -> io::Result<()> {
        out.write_all(line.as_bytes())?;
        out.write_all(b"\n")
    };
    let budget = Budget::starting(clock::now(), EXPORT_CAP);
    let exported = store.export(&budget, form, since, &mut write).await;
    let exported = exported.map_err(|error| match error {
        ExportError::Foreign { .. } => {
            advise(error, "export once without a cursor, and go on from there")
        }
        ExportError::Store(_) | ExportError::Write(_) => error.into(),
    })?;
    out.flush().context("write the export")?;
    Ok(exported)
}

/// No file is the first export; a file that holds no cursor is an error, or facts would be missed.
fn read_cursor(path: &Path) -> anyhow::Result<Option<Cursor>> {
    match std::fs::read_to_string(path) {
        Ok(text) => {
            let cursor = text.parse();
            Ok(Some(
                cursor.with_context(|| format!("read {}", path.display()))?,
            ))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
    }
}

/// The old cursor or the new one, whatever happens meanwhile.
fn keep_cursor(path: &Path, cursor: Cursor) -> anyhow::Result<()> {
    let beside = path.with_extension("part");
    let written = std::fs::write(&beside, format!("{cursor}\n"))
        .and_then(|()| std::fs::rename(&beside, path));
    written.with_context(|| format!("write {}", path.display()))
}

/// To standard error: standard output is the export's.
fn say(exported: &Exported) {
    let lines = usize::try_from(exported.lines).unwrap_or(usize::MAX);
    anstream::eprintln!(
        "{}; the next export: --since {}",
        print::count(lines, "line"),
        exported.cursor
    );
    if exported.waiting > 0 {
        let runs = usize::try_from(exported.waiting).unwrap_or(usize::MAX);
        anstream::eprintln!(
            "{}",
            print::wait(&format!(
                "{} left to the next export: a transaction that began before is still open",
                print::count(runs, "run")
            ))
        );
    }
}
