//! `DATABASE_URL` as people have it: as a provider's page, another library or a shell prints it.
//!
//! What means the same in every dialect is accepted; what is a habit of one client and harmless here is
//! passed over; anything else is named. Never shows the URL: a password stands in it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// A URL in the one form that the store reads, and what goes with it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct DatabaseUrl {
    /// `postgres://user:password@host:port/name?…`, percent-encoded.
    pub(super) url: String,
    /// The schemas that the URL asks for, instead of the role's own search path.
    pub(super) search_path: Vec<String>,
    /// Every host is this machine, or a socket of it.
    pub(super) is_local: bool,
    /// The URL asks for a login that is bound to the TLS channel.
    pub(super) needs_channel: bool,
}

const EXAMPLE: &str = "postgres://user:password@host:5432/name";

/// What cuts a URL at the wrong place.
const SPECIAL: &str = "holds a special character that has to be percent-encoded, in the password as \
    a rule: # as %23, / as %2F, ? as %3F, @ as %40, : as %3A, % as %25";

/// What stays as it is in a user, password, name or value.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Schemes that name Postgres; a driver behind a `+`, and `jdbc:` before it, say nothing more.
const SCHEMES: [&str; 5] = ["postgres", "postgresql", "postgis", "psql", "pgsql"];

/// Parameters that the store's client reads itself.
const KEPT: [&str; 12] = [
    "user",
    "password",
    "dbname",
    "host",
    "hostaddr",
    "port",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "channel_binding",
];

/// Parameters of libpq, poolers and other clients that change nothing here: limits, names, caches and
/// pools are Gleaner's own, and TLS is set by `DATABASE_TLS` alone.
const HARMLESS: [&str; 51] = [
    "application_name",
    "applicationname",
    "binary_parameters",
    "charset",
    "client_encoding",
    "connect_timeout",
    "connection_limit",
    "default_query_exec_mode",
    "description_cache_capacity",
    "direct_url",
    "encoding",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "keepalives_count",
    "krbsrvname",
    "logintimeout",
    "loglevel",
    "max_idle_connection_lifetime",
    "passfile",
    "pgbouncer",
    "pool",
    "pool_max_conn_idle_time",
    "pool_max_conn_lifetime",
    "pool_max_conns",
    "pool_min_conns",
    "pool_mode",
    "pool_size",
    "pool_timeout",
    "prepared_statement_cache_size",
    "prepared_statements",
    "preparethreshold",
    "prepare_threshold",
    "require_auth",
    "requirepeer",
    "rewritebatchedinserts",
    "serverversion",
    "single_use_connections",
    "socket_timeout",
    "sockettimeout",
    "statement-cache-capacity",
    "statement_cache_capacity",
    "statement_cache_size",
    "supa",
    "tcp_user_timeout",
    "tcpkeepalive",
    "timezone",
    "tls",
    "uselibpqcompat",
    "workaround",
];

impl DatabaseUrl {
    /// Nothing is known of it yet.
    pub(super) const fn in_a_secret() -> Self {
        Self {
            url: String::new(),
            search_path: Vec::new(),
            is_local: false,
            needs_channel: false,
        }
    }

    /// Reads a URL.
    ///
    /// # Errors
    /// What is wrong, without the URL.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = unquoted(text.trim());
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| format!("is not a postgres:// URL (example: {EXAMPLE})"))?;
        check_scheme(scheme)?;
        let parts = Parts::of(rest)?;
        let mut parsed = Self {
            url: String::from("postgres://"),
            search_path: Vec::new(),
            is_local: false,
            needs_channel: false,
        };
        if let Some((user, password)) = parts.login {
            parsed.url.push_str(&encoded(user));
            if let Some(password) = password {
                parsed.url.push(':');
                parsed.url.push_str(&encoded(password));
            }
            parsed.url.push('@');
        }
        parsed.url.push_str(parts.hosts);
        if let Some(name) = parts.name {
            parsed.url.push('/');
            parsed.url.push_str(&encoded(name));
        }
        let asked_hosts = parsed.take_parameters(parts.query)?;
        let mut hosts: Vec<String> = asked_hosts;
        hosts.extend(host_names(parts.hosts)?);
        if hosts.is_empty() {
            return Err(format!("names no host (example: {EXAMPLE})"));
        }
        parsed.is_local = hosts.iter().all(|host| is_local(host));
        Ok(parsed)
    }

    /// Keeps, passes over or refuses each parameter; gives the hosts among them.
    fn take_parameters(&mut self, query: Option<&str>) -> Result<Vec<String>, String> {
        let mut hosts = Vec::new();
        let pairs = query.unwrap_or_default().split('&');
        for pair in pairs.filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let lower = name.to_ascii_lowercase();
            let plain = decoded(value);
            match lower.as_str() {
                "schema" | "currentschema" | "search_path" => {
                    self.search_path = schemas(&plain)?;
                }
                "options" => self.take_options(value, &plain)?,
                "target_session_attrs" | "targetservertype" => match plain.as_str() {
                    "any" => {}
                    "read-write" | "primary" | "master" => {
                        self.keep("target_session_attrs", "read-write");
                    }
                    other => return Err(read_only_target(other)),
                },
                "channel_binding" => {
                    self.needs_channel = plain == "require";
                    self.keep(name, value);
                }
                "replication" => {
                    return Err(
                        "asks for a replication connection; remove `replication`".to_owned()
                    );
                }
                // `ssl…` name files and modes of libpq; ours is `DATABASE_TLS`, which always verifies
                known if known.starts_with("ssl") || HARMLESS.contains(&known) => {}
                known if KEPT.contains(&known) => {
                    if matches!(known, "host" | "hostaddr") {
                        hosts.extend(plain.split(',').map(str::to_owned));
                    }
                    self.keep(known, &encoded(value));
                }
                _ => {
                    return Err(format!(
                        "has the parameter `{}`, which Gleaner does not know; remove it",
                        shown(name)
                    ));
                }
            }
        }
        hosts.retain(|host| !host.is_empty());
        Ok(hosts)
    }

    /// `options=-c search_path=…` is taken out: poolers refuse start-up options, and a transaction can
    /// set it itself.
    fn take_options(&mut self, value: &str, plain: &str) -> Result<(), String> {
        let plain = plain.replace("--search_path", "-csearch_path");
        let rest = plain.trim().strip_prefix("-c").map(str::trim_start);
        match rest.and_then(|rest| rest.strip_prefix("search_path=")) {
            // one setting alone: another one would stand behind a blank and a dash
            Some(path) if !path.contains(" -") => self.search_path = schemas(path)?,
            _ => self.keep("options", &encoded(value)),
        }
        Ok(())
    }

    fn keep(&mut self, name: &str, value: &str) {
        let separator = if self.url.contains('?') { '&' } else { '?' };
        self.url.push(separator);
        self.url.push_str(name);
        self.url.push('=');
        self.url.push_str(value);
    }
}

/// The pieces of a URL behind its scheme.
struct Parts<'a> {
    login: Option<(&'a str, Option<&'a str>)>,
    hosts: &'a str,
    name: Option<&'a str>,
    query: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(rest: &'a str) -> Result<Self, String> {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let (path, query) = match tail.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (tail, None),
        };
        // A password that is cut by one of `/?#` leaves its `@` behind the cut.
        let mut names = query
            .unwrap_or_default()
            .split('&')
            .map(|pair| pair.split('=').next());
        let is_cut = path.contains('@')
            || names.any(|name| name.is_some_and(|name| name.contains('@')))
            || (!authority.contains('@') && tail.contains('@') && !is_host(authority));
        if is_cut || tail.contains('#') {
            return Err(SPECIAL.to_owned());
        }
        let (login, hosts) = match authority.rsplit_once('@') {
            Some((login, hosts)) => (Some(login), hosts),
            None => (None, authority),
        };
        let login = login.map(|login| match login.split_once(':') {
            Some((user, password)) => (user, Some(password)),
            None => (login, None),
        });
        Ok(Self {
            login,
            hosts,
            name: path.strip_prefix('/').filter(|name| !name.is_empty()),
            query,
        })
    }
}

fn check_scheme(scheme: &str) -> Result<(), String> {
    let lower = scheme.to_ascii_lowercase();
    let bare = lower.strip_prefix("jdbc:").unwrap_or(&lower);
    let bare = bare.split('+').next().unwrap_or(bare);
    if SCHEMES.contains(&bare) {
        return Ok(());
    }
    Err(format!(
        "has the scheme `{}`; Gleaner works on Postgres (example: {EXAMPLE})",
        shown(scheme)
    ))
}

/// The names in `host1:port,host2:port`, each port checked.
fn host_names(hosts: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for host in hosts.split(',').filter(|host| !host.is_empty()) {
        let (name, port) = split_port(host);
        if port.is_some_and(|port| !port.is_empty() && port.parse::<u16>().is_err()) {
            let port = "has a port that is not a number";
            return Err(format!(
                "{port}; if it is a part of the password, the URL {SPECIAL}"
            ));
        }
        names.push(decoded(name));
    }
    Ok(names)
}

fn split_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !name.starts_with('[') || name.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    }
}

fn is_host(authority: &str) -> bool {
    let (_, port) = split_port(authority);
    port.is_none_or(|port| port.parse::<u16>().is_ok())
}

fn is_local(host: &str) -> bool {
    host.starts_with('/') || super::address::is_loopback_host(host)
}

/// The schemas of a search path; `"$user"` has no meaning here.
fn schemas(path: &str) -> Result<Vec<String>, String> {
    let names = path.split(',').map(|name| name.trim().trim_matches('"'));
    let names: Vec<String> = names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    if names
        .iter()
        .any(|name| name.contains(['"', '\0', '\'', ';']))
    {
        return Err("names a schema with a quote or a semicolon in it".to_owned());
    }
    Ok(names)
}

/// The schemas of `DATABASE_SCHEMA`.
pub(super) fn read_schemas(text: &str) -> Result<Vec<String>, String> {
    schemas(text)
}

fn read_only_target(word: &str) -> String {
    format!(
        "has target_session_attrs={}; Gleaner writes: use read-write, or leave it out",
        shown(word)
    )
}

/// Values from `.env` files often keep their quotes.
fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        let inner = text
            .strip_prefix(quote)
            .and_then(|it| it.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner;
        }
    }
    text
}

/// A name from the URL, short enough for a message.
fn shown(name: &str) -> String {
    name.chars()
        .filter(|it| !it.is_control())
        .take(40)
        .collect()
}

/// Percent-encodes what a strict reader would stumble over; what is encoded already stays so.
fn encoded(text: &str) -> String {
    utf8_percent_encode(&decoded(text), ENCODED).to_string()
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests;
