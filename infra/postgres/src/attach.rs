//! The way to a server that another process of the same user supervises.

use std::fs;
use std::path::PathBuf;

use super::account::Account;
use super::cluster::USER;
use super::options::PostgresOptions;
use super::pid_file;

/// The URL of a database on the server that runs in this data directory; `None` when none runs
/// there, or it is not ours to see.
#[must_use]
pub fn url_of_running(options: &PostgresOptions, database: &str) -> Option<String> {
    let root = data_dir(options)?;
    let data = root.join("cluster");
    let server = pid_file::read(&data).filter(|it| pid_file::is_server_of(it.pid, &data))?;
    let password = fs::read_to_string(root.join("password")).ok()?;
    let (password, port) = (password.trim(), server.port?);
    Some(format!(
        "postgres://{USER}:{password}@127.0.0.1:{port}/{database}"
    ))
}

/// Where the data of these options really lies: as root not where it was asked to be. `None` when
/// that cannot be told.
#[must_use]
pub fn data_dir(options: &PostgresOptions) -> Option<PathBuf> {
    let account = Account::of_process().ok()?;
    Some(account.data_dir(&std::path::absolute(&options.data_dir).ok()?))
}
