//! The descriptor that lines go to.
//!
//! A line is one `write` of the whole line under a lock, without blocking: when a pipe stays full
//! for [`STALL_MAX`], lines are dropped and counted, and the count is told when there is room
//! again. Work is never held up longer. The watchdog's final line goes past the lock.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::fs::FileType;
use rustix::io::{Errno, Result};
use rustix::net::SendFlags;
use tracing::Level;

use super::line::Line;
use crate::clock;

/// Where lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Standard output: what Lambda collects.
    Stdout,
    /// Standard error: for a program whose output is for its user.
    Stderr,
}

/// How long a full pipe may hold up the work, once per stall: less than the response's reserve.
const STALL_MAX: Duration = Duration::from_secs(1);

/// What POSIX lets a pipe that polls as writable take without blocking.
const PIPE_ATOM: usize = 4_096;

/// One of the two standard streams as a place for lines.
pub(crate) struct Sink {
    way: Way,
    state: Mutex<State>,
    /// A line broke off in the middle: whoever writes past the lock begins on a new line.
    torn: AtomicBool,
}

/// How bytes are written without blocking for ever.
enum Way {
    /// A regular file: it does not block, and its offset is shared with whoever else writes.
    File(BorrowedFd<'static>),
    /// The same pipe or terminal, opened again so that only we are non-blocking.
    Reopened(OwnedFd),
    /// A socket.
    Socket(BorrowedFd<'static>),
    /// A pipe that cannot be opened again: asked for room, then given what surely fits.
    Polled(BorrowedFd<'static>),
}

#[derive(Default)]
struct State {
    /// The rest of a line whose first part was taken.
    rest: Vec<u8>,
    /// The stream had no room when it was tried last.
    stalled: bool,
    /// Lines dropped since the last one that was taken.
    dropped: u64,
}

impl Sink {
    /// The process's sink for a stream; made at first use.
    pub(crate) fn of(output: Output) -> &'static Self {
        static STDOUT: OnceLock<Sink> = OnceLock::new();
        static STDERR: OnceLock<Sink> = OnceLock::new();
        match output {
            Output::Stdout => STDOUT.get_or_init(|| Self::new(rustix::stdio::stdout(), 1)),
            Output::Stderr => STDERR.get_or_init(|| Self::new(rustix::stdio::stderr(), 2)),
        }
    }

    fn new(stream: BorrowedFd<'static>, number: u8) -> Self {
        Self {
            way: Way::to(stream, number),
            state: Mutex::default(),
            torn: AtomicBool::new(false),
        }
    }

    /// Writes a line. Never fails: what cannot be written is counted and told later.
    pub(super) fn write_line(&self, line: &[u8]) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.stalled && !has_room(self.way.stream(), Duration::ZERO) {
            state.dropped += 1;
            return;
        }
        let patience = if state.stalled {
            Duration::ZERO
        } else {
            STALL_MAX
        };
        let give_up = clock::now() + patience;
        let state = &mut *state;
        let clear = self.write_rest(state, give_up)
            && (state.dropped == 0 || self.write_account(state, give_up));
        if !clear || !self.write_one(state, line, give_up) {
            state.dropped += 1;
        }
    }

    /// The rest of a line that broke off; true when nothing is left of it.
    fn write_rest(&self, state: &mut State, give_up: Instant) -> bool {
        if state.rest.is_empty() {
            return true;
        }
        let (taken, ended) = self.push(&state.rest, give_up);
        state.rest.drain(..taken);
        self.judge(state, ended)
    }

    /// A line that tells how many were dropped.
    fn write_account(&self, state: &mut State, give_up: Instant) -> bool {
        let mut line = Line::new();
        line.start(clock::wall(), Level::WARN);
        line.text(
            "message",
            format_args!("telemetry: lines were dropped, the stream was full"),
        );
        line.number("lines_dropped", state.dropped);
        let told = self.write_one(state, line.finish(), give_up);
        if told {
            state.dropped = 0;
        }
        told
    }

    /// One line; true when all of it, or a first part whose rest is kept, was taken.
    fn write_one(&self, state: &mut State, line: &[u8], give_up: Instant) -> bool {
        let (taken, ended) = self.push(line, give_up);
        if taken > 0 {
            state.rest = line.get(taken..).unwrap_or(&[]).to_vec();
        }
        self.judge(state, ended) || taken > 0
    }

    fn judge(&self, state: &mut State, ended: Result<()>) -> bool {
        state.stalled = ended.is_err();
        if matches!(ended, Err(error) if error != Errno::AGAIN) {
            // The stream is gone or refuses: the rest has nowhere to go.
            state.rest.clear();
        }
        self.torn.store(!state.rest.is_empty(), Ordering::Release);
        ended.is_ok()
    }

    /// Writes until all is taken, the time is up or the stream refuses.
    fn push(&self, bytes: &[u8], give_up: Instant) -> (usize, Result<()>) {
        let mut taken = 0;
        while let Some(rest) = bytes.get(taken..).filter(|rest| !rest.is_empty()) {
            match self.way.attempt(rest) {
                Ok(count) => taken += count,
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    let left = give_up.saturating_duration_since(clock::now());
                    if left.is_zero() {
                        return (taken, Err(Errno::AGAIN));
                    }
                    // Whether there is room or the time is up is found out by the next attempt.
                    has_room(self.way.stream(), left);
                }
                Err(error) => return (taken, Err(error)),
            }
        }
        (taken, Ok(()))
    }

    /// Writes a line of less than [`PIPE_ATOM`] bytes past the lock, trying until `give_up`.
    /// True when it was taken.
    pub(crate) fn final_line(&self, line: &[u8], give_up: Instant) -> bool {
        let mut words = Vec::with_capacity(line.len() + 1);
        if self.torn.load(Ordering::Acquire) {
            words.push(b'\n');
        }
        words.extend_from_slice(line);
        matches!(self.push(&words, give_up), (_, Ok(())))
    }
}

impl Way {
    fn to(stream: BorrowedFd<'static>, number: u8) -> Self {
        let kind = rustix::fs::fstat(stream).map(|stat| FileType::from_raw_mode(stat.st_mode));
        match kind {
            Ok(FileType::RegularFile) => Self::File(stream),
            Ok(FileType::Socket) => Self::Socket(stream),
            _ => reopen(number).map_or(Self::Polled(stream), Self::Reopened),
        }
    }

    /// One write that does not block; [`Errno::AGAIN`] when there is no room.
    fn attempt(&self, bytes: &[u8]) -> Result<usize> {
        match self {
            Self::File(stream) => rustix::io::write(stream, bytes),
            Self::Reopened(stream) => rustix::io::write(stream, bytes),
            Self::Socket(stream) => rustix::net::send(stream, bytes, SendFlags::DONTWAIT),
            Self::Polled(stream) => {
                if !has_room(stream.as_fd(), Duration::ZERO) {
                    return Err(Errno::AGAIN);
                }
                let surely = bytes.get(..PIPE_ATOM).unwrap_or(bytes);
                rustix::io::write(stream, surely)
            }
        }
    }

    fn stream(&self) -> BorrowedFd<'_> {
        match self {
            Self::File(stream) | Self::Socket(stream) | Self::Polled(stream) => stream.as_fd(),
            Self::Reopened(stream) => stream.as_fd(),
        }
    }
}

/// Opens the stream's pipe or terminal again, non-blocking. Only Linux gives a new description
/// here; elsewhere the flag would be shared with everybody who holds the stream.
#[cfg(target_os = "linux")]
fn reopen(number: u8) -> Option<OwnedFd> {
    use rustix::fs::{Mode, OFlags};

    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    rustix::fs::open(format!("/proc/self/fd/{number}"), flags, Mode::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
fn reopen(_number: u8) -> Option<OwnedFd> {
    None
}

fn has_room(stream: BorrowedFd<'_>, at_most: Duration) -> bool {
    let mut asked = [PollFd::from_borrowed_fd(stream, PollFlags::OUT)];
    let timeout = Timespec::try_from(at_most).unwrap_or(Timespec {
        tv_sec: 1,
        tv_nsec: 0,
    });
    matches!(rustix::event::poll(&mut asked, Some(&timeout)), Ok(ready) if ready > 0)
}
