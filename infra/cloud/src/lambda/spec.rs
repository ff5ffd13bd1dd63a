//! What a function is: program, arguments, environment and limits.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// A function as its template describes it, and the program that plays it here.
#[derive(Clone, Debug)]
pub struct FunctionSpec {
    /// Its name, as in `AWS_LAMBDA_FUNCTION_NAME`.
    pub name: String,
    /// The program to run, one process per concurrent slot.
    pub program: PathBuf,
    /// The program's arguments.
    pub args: Vec<OsString>,
    /// The function's configured variables. They win over what the runner sets, credentials and
    /// region included; nothing of the runner's own environment is passed on.
    pub env: Vec<(String, String)>,
    /// The function's time limit; a process that exceeds it is killed.
    pub time_limit: Duration,
    /// A process that has not asked for work this long after its start is killed.
    pub init_limit: Duration,
    /// Memory in MB. It is told to the function, not enforced.
    pub memory_mb: u32,
    /// Processes at most.
    pub concurrency: usize,
    /// The file that standard output and standard error of every process are appended to.
    pub log: PathBuf,
    /// The region that is told to the function.
    pub region: String,
    /// What its request ids begin with: eight hexadecimal digits of one run; drawn anew for each when
    /// there are none.
    pub request_prefix: Option<u32>,
}

impl FunctionSpec {
    /// A function with Lambda's defaults: 3 s, 128 MB, one process.
    #[must_use]
    pub fn new(
        name: impl Into<String>,
        program: impl Into<PathBuf>,
        log: impl Into<PathBuf>,
    ) -> Self {
        Self {
            name: name.into(),
            program: program.into(),
            args: Vec::new(),
            env: Vec::new(),
            time_limit: Duration::from_secs(3),
            init_limit: INIT_LIMIT,
            memory_mb: 128,
            concurrency: 1,
            log: log.into(),
            region: "eu-west-1".to_owned(),
            request_prefix: None,
        }
    }

    /// The function's ARN, of an account that does not exist.
    #[must_use]
    pub fn arn(&self) -> String {
        let Self { name, region, .. } = self;
        format!("arn:aws:lambda:{region}:{ACCOUNT}:function:{name}")
    }
}

/// Lambda's limit for a function's start.
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// The account of everything local. AWS reserves it for examples.
pub const ACCOUNT: &str = "123456789012";
