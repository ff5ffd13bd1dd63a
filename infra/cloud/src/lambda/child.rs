//! The child's side of the pool: a function process that outlived its runner ends at once.

use std::io::{self, ErrorKind, Read};
use std::thread;

/// The exit code of a process whose runner died. Nobody is left to read it but a person.
const ORPHANED: i32 = 3;

/// Watches standard input, which the runner holds open, and ends the process when it closes.
///
/// An operating-system thread, so that a blocked executor cannot keep an orphan alive. Only for
/// processes that the pool started: in real Lambda standard input is closed from the start.
///
/// # Errors
/// When the thread cannot be started.
pub fn exit_when_orphaned() -> io::Result<()> {
    let watcher = thread::Builder::new().name("orphan-guard".to_owned());
    watcher.spawn(|| {
        wait_for_end(&mut io::stdin().lock());
        exit();
    })?;
    Ok(())
}

/// Reads until end of file. An error counts as the end: nobody can be on the other side of it.
fn wait_for_end(input: &mut impl Read) {
    let mut buffer = [0_u8; 64];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

#[expect(
    clippy::exit,
    reason = "the runner is dead; nothing here is worth an orderly end"
)]
fn exit() {
    std::process::exit(ORPHANED);
}
