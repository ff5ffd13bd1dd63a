//! What the system says of a process.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// What a process has used so far. `None` once it is gone, or where there is no `/proc`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// User and system time.
    pub cpu: Duration,
    /// The most memory it has had resident.
    pub resident_bytes_max: u64,
}

/// Clock ticks a second in `/proc`; Linux has had this value on every architecture for decades.
const TICKS_PER_SECOND: u64 = 100;

/// Asks for a process.
#[must_use]
pub fn used(pid: u32) -> Option<Used> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold spaces and parentheses; the numbers begin behind its last one.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = peak.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(Used {
        cpu: Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND),
        resident_bytes_max: kilobytes * 1_024,
    })
}

/// Whether a process is there (a zombie that nobody has waited for counts as gone).
#[must_use]
pub fn is_alive(pid: u32) -> bool {
    processes().iter().any(|one| one.pid == pid)
}

/// A process of this machine, zombies left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    /// Its parent's.
    pub parent: u32,
    /// Its command line, the words set apart by spaces.
    pub arguments: String,
    /// Where it works; empty where the system does not say.
    pub cwd: PathBuf,
}

/// Every process of this machine: from `/proc` where there is one, from `ps` elsewhere.
#[must_use]
pub fn processes() -> Vec<Process> {
    let Ok(listed) = std::fs::read_dir("/proc") else {
        return processes_by_ps();
    };
    let pids = listed.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.filter_map(process_by_proc).collect()
}

/// The processes that descend from one, itself left out.
#[must_use]
pub fn descendants(all: &[Process], ancestor: u32) -> Vec<Process> {
    let mut found: Vec<Process> = Vec::new();
    let mut parents = vec![ancestor];
    // Ends: a process is found once, by its one parent.
    while let Some(parent) = parents.pop() {
        let children = all.iter().filter(|one| one.parent == parent);
        for child in children.filter(|one| one.pid != parent) {
            parents.push(child.pid);
            found.push(child.clone());
        }
    }
    found
}

fn process_by_proc(pid: u32) -> Option<Process> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let (state, parent) = (fields.next()?, fields.next()?.parse().ok()?);
    if state == "Z" {
        return None;
    }
    let arguments = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let cwd = std::fs::read_link(format!("/proc/{pid}/cwd"));
    Some(Process {
        pid,
        parent,
        arguments: String::from_utf8_lossy(&arguments).replace('\0', " "),
        cwd: cwd.unwrap_or_else(|_gone| PathBuf::new()),
    })
}

fn processes_by_ps() -> Vec<Process> {
    let listed = Command::new("ps")
        .args(["-A", "-o", "pid=,ppid=,stat=,args="])
        .output()
        .expect("ps, where there is no /proc");
    let lines = String::from_utf8_lossy(&listed.stdout).into_owned();
    lines.lines().filter_map(process_by_line).collect()
}

/// `  PID  PPID STAT ARGUMENTS`, as `ps` prints it.
fn process_by_line(line: &str) -> Option<Process> {
    let mut words = line.split_whitespace();
    let (pid, parent, state) = (words.next()?, words.next()?, words.next()?);
    let arguments: Vec<&str> = words.collect();
    if state.starts_with('Z') {
        return None;
    }
    Some(Process {
        pid: pid.parse().ok()?,
        parent: parent.parse().ok()?,
        arguments: arguments.join(" "),
        cwd: PathBuf::new(),
    })
}

/// Sends a signal by its name, such as `KILL` or `INT`; whether somebody was there to get it.
#[must_use]
pub fn signal(pid: u32, name: &str) -> bool {
    let sent = Command::new("/bin/sh")
        .args(["-c", &format!("kill -s {name} {pid}")])
        .stderr(Stdio::null())
        .status();
    sent.expect("a shell").success()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_find_this_process_its_parent_and_its_child() {
        let mut child = Command::new("sleep").arg("60").spawn().expect("a child");
        let own = std::process::id();

        for (all, way) in [(processes(), "/proc"), (processes_by_ps(), "ps")] {
            let me = all.iter().find(|one| one.pid == own).expect(way);
            assert!(me.parent > 0, "{way}: {me:?}");
            let below = descendants(&all, own);
            let found = below.iter().find(|one| one.pid == child.id()).expect(way);
            assert_eq!(found.arguments.trim_end(), "sleep 60", "{way}");
        }
        assert!(signal(child.id(), "KILL"));
        child.wait().expect("its end");
        assert!(!is_alive(child.id()));
        assert!(!signal(child.id(), "KILL"), "nobody is there any more");
    }
}
