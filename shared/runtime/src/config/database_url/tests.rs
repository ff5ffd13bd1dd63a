//! `DATABASE_URL` in the forms in which it is met.

use super::*;

fn url(text: &str) -> String {
    match DatabaseUrl::parse(text) {
        Ok(parsed) => parsed.url,
        Err(problem) => panic!("{text}: {problem}"),
    }
}

fn problem(text: &str) -> String {
    DatabaseUrl::parse(text)
        .err()
        .unwrap_or_else(|| panic!("{text} is taken"))
}

#[test]
fn a_password_with_special_characters_reaches_the_client_whole() {
    for (given, expected) in [
        (
            "postgres://u:p%40s%23%2F@h/d",
            "postgres://u:p%40s%23%2F@h/d",
        ),
        ("postgres://u:p@s@h/d", "postgres://u:p%40s@h/d"),
        (
            "postgres://u:p:s%zz ü@h:5/d",
            "postgres://u:p%3As%25zz%20%C3%BC@h:5/d",
        ),
        (
            "postgres://u:[p]@[::1]:5/d",
            "postgres://u:%5Bp%5D@[::1]:5/d",
        ),
    ] {
        assert_eq!(url(given), expected, "{given}");
    }
}

#[test]
fn a_password_that_cuts_the_url_is_named_as_such_and_not_shown() {
    for password in [
        "hun#ter2", "hun/ter2", "hun?ter2", "12#ter2", "12/ter2", "12?ter2", "h@n/ter2",
    ] {
        let problem = problem(&format!("postgres://u:{password}@h:5432/d"));

        assert!(
            problem.contains("percent-encoded") && problem.contains("%23"),
            "{problem}"
        );
        assert!(!problem.contains("ter2"), "{password}: {problem}");
    }
}

#[test]
fn schemes_of_other_tools_are_taken_and_other_databases_are_not() {
    for scheme in [
        "postgresql",
        "postgresql+psycopg2",
        "postgres+asyncpg",
        "jdbc:postgresql",
        "postgis",
    ] {
        assert_eq!(url(&format!("{scheme}://u@h/d")), "postgres://u@h/d");
    }
    assert_eq!(url("  'postgres://u@h/d' "), "postgres://u@h/d");
    assert!(problem("mysql://u@h/d").contains("`mysql`"));
    assert!(problem("host=h user=u").contains("postgres://user:password@host"));
}

#[test]
fn parameters_of_providers_are_passed_over_and_unknown_ones_are_named() {
    for harmless in [
        "pgbouncer=true",
        "sslmode=require",
        "gssencmode=disable",
        "connection_limit=1&pool_timeout=9",
        "supa=base-pooler.x",
    ] {
        assert_eq!(
            url(&format!("postgres://u@h/d?{harmless}")),
            "postgres://u@h/d",
            "{harmless}"
        );
    }
    assert_eq!(
        url("postgres://u@h/d?sslmode=x&keepalives=1"),
        "postgres://u@h/d?keepalives=1"
    );
    let neon = DatabaseUrl::parse("postgres://u@h/d?channel_binding=require").expect("taken");
    assert!(neon.needs_channel);
    assert!(problem("postgres://u@h/d?sslmod=require&hots=x").contains("`hots`"));
}

#[test]
fn only_a_server_that_takes_writes_is_asked_for() {
    for word in ["read-write", "primary"] {
        let taken = url(&format!("postgres://u@h/d?target_session_attrs={word}"));
        assert_eq!(taken, "postgres://u@h/d?target_session_attrs=read-write");
    }
    let standby = problem("postgres://u@h/d?target_session_attrs=prefer-standby");
    assert!(
        standby.contains("prefer-standby") && standby.contains("read-write"),
        "{standby}"
    );
}

#[test]
fn a_search_path_is_taken_out_of_the_options_and_others_stay() {
    for options in [
        "options=-c%20search_path%3Dnews",
        "options=-csearch_path=news",
        "options=--search_path%3Dnews",
        "schema=news",
        "currentSchema=news",
    ] {
        let parsed = DatabaseUrl::parse(&format!("postgres://u@h/d?{options}")).expect(options);

        assert_eq!(
            (parsed.url.as_str(), parsed.search_path.as_slice()),
            ("postgres://u@h/d", ["news".to_owned()].as_slice()),
            "{options}"
        );
    }
    assert_eq!(
        url("postgres://u@h/d?options=endpoint%3Dep-x"),
        "postgres://u@h/d?options=endpoint%3Dep%2Dx".replace("%2D", "-")
    );
}

#[test]
fn hosts_are_counted_named_and_told_apart_from_sockets() {
    assert_eq!(url("postgres://u@a:1,b:2/d"), "postgres://u@a:1,b:2/d");
    assert!(problem("postgres:///d").contains("names no host"));
    assert!(problem("postgres://u@a:x/d").contains("port"));
    for (given, local) in [
        ("postgres:///d?host=/run/pg", true),
        ("postgres://%2Frun%2Fpg/d", true),
        ("postgres://localhost,127.0.0.1:5,[::1]/d", true),
        ("postgres://localhost,db/d", false),
    ] {
        assert_eq!(
            DatabaseUrl::parse(given).expect(given).is_local,
            local,
            "{given}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn whatever_stands_in_the_variable_it_is_read_or_named(text in "\\PC{0,80}") {
        let read = DatabaseUrl::parse(&text);
        proptest::prop_assert!(read.is_ok() || read.is_err_and(|problem| !problem.is_empty()));
    }

    #[test]
    fn an_encoded_password_is_never_changed(password in "[a-zA-Z0-9#/?:@% ]{1,20}") {
        let typed = format!("postgres://u:{}@h/d", encoded_all(&password));
        let again = url(&url(&typed));
        let (_, rest) = again.split_once("://u:").expect("a user");
        let (kept, _) = rest.split_once('@').expect("a host");
        proptest::prop_assert_eq!(decoded(kept), password);
    }
}

fn encoded_all(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
