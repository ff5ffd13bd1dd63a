//! `postmaster.pid`: who runs a cluster, and whether it is ready.
//!
//! The file outlives a killed server, and its process id may by then be somebody else's, so a
//! process counts as the server only if its command line names this data directory.

use std::fs;
use std::path::Path;
use std::process::Command;

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PidFile {
    /// The server's process.
    pub pid: u32,
    /// Where it listens, once it does.
    pub port: Option<u16>,
    /// Whether it takes connections.
    pub ready: bool,
}

/// Reads the file of the cluster in `data`; a file that is being written counts as none.
#[must_use]
pub fn read(data: &Path) -> Option<PidFile> {
    parse(&fs::read_to_string(path(data)).ok()?)
}

/// Where the file of the cluster in `data` is.
#[must_use]
pub fn path(data: &Path) -> std::path::PathBuf {
    data.join("postmaster.pid")
}

/// The first line is the pid (negative for a single-user server), the fourth the port, the eighth
/// the state.
fn parse(text: &str) -> Option<PidFile> {
    let mut lines = text.lines();
    let pid = lines.next()?.trim().parse::<i32>().ok()?.unsigned_abs();
    let port = lines.nth(2).and_then(|port| port.trim().parse().ok());
    let ready = lines.nth(3).is_some_and(|state| state.trim() == "ready");
    Some(PidFile { pid, port, ready })
}

/// Whether process `pid` is a server of the cluster in `data`.
pub(crate) fn is_server_of(pid: u32, data: &Path) -> bool {
    let Some(arguments) = command_line(pid) else {
        return false;
    };
    let wanted = data.as_os_str().as_encoded_bytes();
    arguments
        .windows(wanted.len())
        .any(|window| window == wanted)
}

/// From /proc where there is one, else from `ps`.
fn command_line(pid: u32) -> Option<Vec<u8>> {
    if Path::new("/proc/self/cmdline").exists() {
        return fs::read(format!("/proc/{pid}/cmdline")).ok();
    }
    let mut ps = Command::new("/bin/ps");
    let output = ps.args(["-o", "args=", "-p", &pid.to_string()]).output();
    output.ok().filter(|o| o.status.success()).map(|o| o.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_ready_only_when_its_eighth_line_says_so() {
        let starting = "812\n/data\n1763900000\n40001\n\n127.0.0.1\n  1 2\nstarting\n";
        let ready = starting.replace("starting", "ready   ");

        assert_eq!(
            parse(starting).map(|it| (it.pid, it.ready)),
            Some((812, false))
        );
        assert_eq!(
            parse(&ready).map(|it| (it.pid, it.ready)),
            Some((812, true))
        );
    }

    #[test]
    fn a_half_written_file_is_no_file() {
        assert_eq!(parse(""), None);
        assert_eq!(parse("not a number\n"), None);
        assert_eq!(parse("81").map(|it| (it.pid, it.ready)), Some((81, false)));
    }

    #[test]
    fn another_process_with_the_recycled_pid_is_not_the_server() {
        let own = std::process::id();

        assert!(!is_server_of(own, Path::new("/nowhere/at/all")));
    }
}
