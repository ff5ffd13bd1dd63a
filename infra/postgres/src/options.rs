//! What to start and where, and the settings that follow.

use std::ffi::OsString;
use std::net::Ipv4Addr;
use std::path::PathBuf;

use runtime::config::Environment;

/// A network of containers that may log in, with the password, beside this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerNetwork {
    /// This machine's address in it; listened on.
    pub gateway: Ipv4Addr,
    /// Its addresses, such as `172.18.0.0/16`.
    pub subnet: String,
}

/// What to start and where.
#[derive(Clone, Debug, Default)]
pub struct PostgresOptions {
    /// Where the data goes; made if absent, reused if present. As root it goes below /var/tmp.
    pub data_dir: PathBuf,
    /// The server's programs, when they are not to be searched for.
    pub bin_dir: Option<PathBuf>,
    /// Whether a commit survives the machine's power loss; off in tests alone.
    pub durable: bool,
    /// Where a downloaded server is kept for the next time.
    pub cache_dir: Option<PathBuf>,
    /// The value of `PATH`.
    pub search_path: Option<OsString>,
    /// Settings of the server beside ours, `name=value`; of two the last counts.
    pub settings: Vec<String>,
    /// Who may log in beside this machine.
    pub network: Option<ContainerNetwork>,
}

impl PostgresOptions {
    /// What the environment says: `PATH`, `GLEANER_PG_BIN`, `GLEANER_CACHE` or the user's cache.
    #[must_use]
    pub fn from_environment(environment: &Environment, data_dir: impl Into<PathBuf>) -> Self {
        let folder = |name: &str| environment.get(name).map(PathBuf::from);
        // Root's own cache is closed to the user that runs the server.
        let root = rustix::process::geteuid().is_root();
        let cache_dir = folder("GLEANER_CACHE")
            .or_else(|| root.then(|| PathBuf::from("/var/cache/gleaner")))
            .or_else(|| folder("XDG_CACHE_HOME").map(|dir| dir.join("gleaner")))
            .or_else(|| folder("HOME").map(|dir| dir.join(".cache/gleaner")));
        Self {
            data_dir: data_dir.into(),
            bin_dir: folder("GLEANER_PG_BIN"),
            durable: true,
            cache_dir,
            search_path: environment.get("PATH").map(OsString::from),
            settings: Vec::new(),
            network: None,
        }
    }

    /// The server's settings, `name=value`.
    pub(super) fn server_settings(&self) -> Vec<String> {
        let durable = if self.durable { "on" } else { "off" };
        let mut settings: Vec<String> = [
            "listen_addresses=127.0.0.1",
            // Its path would have to be short (104 bytes on macOS).
            "unix_socket_directories=",
            "max_connections=200",
            "timezone=UTC",
            "log_timezone=UTC",
            // Planning for a compiler costs more than our statements take.
            "jit=off",
            // Nobody replicates it.
            "wal_level=minimal",
            "max_wal_senders=0",
        ]
        .map(str::to_owned)
        .into();
        for name in ["fsync", "synchronous_commit", "full_page_writes"] {
            settings.push(format!("{name}={durable}"));
        }
        if let Some(network) = &self.network {
            settings.push(format!("listen_addresses=127.0.0.1,{}", network.gateway));
        }
        settings.extend(self.settings.iter().cloned());
        settings
    }
}
