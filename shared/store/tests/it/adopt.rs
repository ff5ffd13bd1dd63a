//! An `articles` table that is there before Gleaner.

use std::time::Duration;

use domain::ArticleId;
use runtime::clock;
use runtime::config::{Database, DatabaseTls, Secret};
use store::{Recorded, Store, StoreError};

use crate::harness::{World, budget, client, store_as, store_at};
use crate::scenery::{claim, finish, open_own};

const OLD_SCRIPT: &str = "
    CREATE TABLE articles (id serial PRIMARY KEY, url text, title text, processed_at timestamp);
    INSERT INTO articles (url, processed_at) VALUES
        ('https://example.org/1', NULL), ('https://example.org/2', now()), (NULL, NULL), ('  ', NULL);";

#[tokio::test]
async fn a_table_with_int_ids_is_adopted_and_not_rewritten() {
    let world = World::empty().await;
    world.execute(OLD_SCRIPT).await;
    let file = "SELECT pg_relation_filenode('articles')";
    let before = world.text(file).await;

    let migrated = world.store.migrate(&budget()).await.expect("migrate");

    assert_eq!(migrated.adopted_rows, 4);
    assert_eq!(world.text(file).await, before);
    let states = "SELECT string_agg(state || ':' || coalesce(outcome, error_class, ''), ' '
                  ORDER BY article_id) FROM article_work";
    assert_eq!(
        world.text(states).await,
        "new: done:adopted failed:bad_url failed:bad_url"
    );
    world.assert_sound().await;
}

#[tokio::test]
async fn a_table_that_cannot_be_adopted_is_named_and_left_alone() {
    for (table, word) in [
        ("id uuid PRIMARY KEY, url text", "uuid"),
        ("id text PRIMARY KEY, url text", "text"),
        ("id int, url text", "not unique"),
        ("key int PRIMARY KEY, url text", "no column"),
        ("id int PRIMARY KEY, url int", "of type integer"),
        ("id int PRIMARY KEY, title text", "missing"),
    ] {
        let world = World::empty().await;
        world
            .execute(&format!("CREATE TABLE articles ({table})"))
            .await;

        let refused = store_at(&world.url).migrate(&budget()).await;

        let Err(StoreError::Schema { problem, .. }) = refused else {
            panic!("{table}: {refused:?}");
        };
        assert!(problem.contains(word), "{table}: {problem}");
        assert_untouched(&world).await;
    }
}

/// Nothing of Gleaner's is there, and the users' table is as it was.
async fn assert_untouched(world: &World) {
    let ours =
        "SELECT count(*) FROM pg_class WHERE relname LIKE 'gleaner%' OR relname = 'article_work'";
    assert_eq!(world.text(ours).await, "0");
    let triggers = "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'gleaner%'";
    assert_eq!(world.text(triggers).await, "0");
}

#[tokio::test]
async fn what_would_stop_a_finish_later_is_refused_before_anything_is_changed() {
    const TABLE: &str = "id int PRIMARY KEY, url text, title text";
    const KEY: &str = "(id int PRIMARY KEY, url text, processed_at timestamptz)";
    for (set_up, words) in [
        (
            format!("CREATE TABLE articles ({TABLE}, processed_at boolean)"),
            "of type boolean",
        ),
        (
            format!("CREATE TABLE articles ({TABLE}, processed_at bigint)"),
            "of type bigint",
        ),
        (
            format!("CREATE TABLE articles ({TABLE}, processed_at varchar(10))"),
            "varying(10)",
        ),
        (
            format!(
                "CREATE TABLE articles ({TABLE}, processed_at date GENERATED ALWAYS AS (NULL) STORED)"
            ),
            "generated column",
        ),
        (
            format!(
                "CREATE TABLE articles ({TABLE}, processed_at timestamptz NOT NULL DEFAULT now())"
            ),
            "DROP DEFAULT",
        ),
        (
            format!("CREATE TABLE articles ({TABLE}, processed_at timestamptz NOT NULL)"),
            "DROP NOT NULL",
        ),
        (
            format!("CREATE TABLE articles ({TABLE}, \"processedAt\" timestamptz)"),
            "\"processedAt\"",
        ),
        (
            "CREATE TABLE articles (id int UNIQUE, url text)".to_owned(),
            "may be NULL",
        ),
        (
            "CREATE TABLE articles (id int PRIMARY KEY, \"URL\" text)".to_owned(),
            "\"URL\"",
        ),
        (
            "CREATE VIEW articles AS SELECT 1 AS id, 'x' AS url".to_owned(),
            "is a view",
        ),
        (
            format!("CREATE UNLOGGED TABLE articles {KEY}"),
            "SET LOGGED",
        ),
        (
            format!(
                "CREATE TABLE articles {KEY};
                 CREATE RULE frozen AS ON UPDATE TO articles DO INSTEAD NOTHING"
            ),
            "rule frozen",
        ),
        (
            format!(
                "CREATE TABLE articles {KEY}; INSERT INTO articles VALUES (1, 'x', NULL);
                 CREATE FUNCTION frozen() RETURNS trigger LANGUAGE plpgsql AS $$
                     BEGIN RAISE EXCEPTION 'articles are frozen'; END $$;
                 CREATE TRIGGER frozen BEFORE UPDATE ON articles
                     FOR EACH ROW EXECUTE FUNCTION frozen()"
            ),
            "articles are frozen (sqlstate P0001)",
        ),
        (
            "CREATE TABLE articles (id int PRIMARY KEY, url text); INSERT INTO articles VALUES (1, 'x');
             CREATE FUNCTION frozen() RETURNS trigger LANGUAGE plpgsql AS $$
                 BEGIN RAISE EXCEPTION 'articles are frozen'; END $$;
             CREATE TRIGGER frozen BEFORE UPDATE ON articles
                 FOR EACH ROW EXECUTE FUNCTION frozen()"
                .to_owned(),
            "articles are frozen (sqlstate P0001)",
        ),
        (
            format!(
                "CREATE TABLE articles {KEY}; INSERT INTO articles VALUES (1, 'x', NULL);
                 CREATE FUNCTION taken_back() RETURNS trigger LANGUAGE plpgsql AS $$
                     BEGIN NEW.processed_at := NULL; RETURN NEW; END $$;
                 CREATE TRIGGER taken_back BEFORE UPDATE ON articles
                     FOR EACH ROW EXECUTE FUNCTION taken_back()"
            ),
            "takes processed_at back",
        ),
        (
            format!("CREATE TABLE articles {KEY}; CREATE TABLE facts (fact text)"),
            "facts exists already",
        ),
        (
            format!("CREATE SCHEMA news; CREATE TABLE news.articles {KEY}"),
            "DATABASE_SCHEMA=news",
        ),
        (
            format!("CREATE TABLE \"Articles\" {KEY}"),
            "public.\"Articles\"",
        ),
    ] {
        let world = World::empty().await;
        world.execute(&set_up).await;

        let refused = store_at(&world.url).migrate(&budget()).await;

        let Err(StoreError::Schema { problem, .. }) = refused else {
            panic!("{set_up}: {refused:?}");
        };
        assert!(problem.contains(words), "{set_up}: {problem}");
        assert_untouched(&world).await;
    }
}

#[tokio::test]
async fn every_type_that_takes_a_moment_is_adopted_and_set() {
    for kind in ["timestamptz", "timestamp(3)", "date", "text", "varchar(40)"] {
        let world = World::empty().await;
        world
            .execute(&format!(
                "CREATE TABLE articles (id int PRIMARY KEY, url text, processed_at {kind});
                 INSERT INTO articles VALUES (1, 'https://example.org/a', NULL)"
            ))
            .await;
        let migrated = world.store.migrate(&budget()).await.expect(kind);

        let claim = claim(&world, ArticleId::new(1)).await;
        let run = open_own(&world, &claim).await;
        let recorded = finish(&world.store, &claim, &run).await.expect(kind);

        assert_eq!(recorded, Recorded::Yes, "{kind}");
        let added = "added column title (text) to public.articles";
        assert!(
            migrated.notes.iter().any(|note| note == added),
            "{:?}",
            migrated.notes
        );
        world.assert_sound().await;
    }
}

#[tokio::test]
async fn a_role_that_row_security_filters_is_refused_and_one_that_sees_all_is_not() {
    let world = World::empty().await;
    let role = format!("filtered_{}", world.text("SELECT current_database()").await);
    world
        .execute(&format!(
            "CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT ALL ON SCHEMA public TO {role};
             CREATE TABLE articles (id int PRIMARY KEY, url text, processed_at timestamptz);
             ALTER TABLE articles OWNER TO {role};
             ALTER TABLE articles ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
        ))
        .await;
    let store = store_as(&world.url, &role);

    let filtered = store.migrate(&budget()).await;
    world
        .execute("CREATE POLICY every ON articles USING (true)")
        .await;
    let open = store.migrate(&budget()).await;
    world
        .execute("DROP POLICY every ON articles; CREATE POLICY part ON articles USING (id > 1)")
        .await;
    let later = store.migrate(&budget()).await;
    world
        .execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await;

    for refused in [filtered, later] {
        let Err(StoreError::Schema { problem, .. }) = refused else {
            panic!("{refused:?}");
        };
        assert!(problem.contains("BYPASSRLS"), "{problem}");
    }
    open.expect("a policy that shows every row is no filter");
}

#[tokio::test]
async fn roles_of_the_application_write_as_before_with_no_right_on_anything_of_ours() {
    let world = World::empty().await;
    let role = format!("app_{}", world.text("SELECT current_database()").await);
    world
        .execute(&format!(
            "{OLD_SCRIPT} CREATE ROLE {role};
             GRANT INSERT, SELECT, UPDATE, DELETE, TRUNCATE ON articles TO {role};
             GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};"
        ))
        .await;
    world.store.migrate(&budget()).await.expect("migrate");

    for (write, works) in [
        (
            "INSERT INTO articles (url) VALUES ('https://example.org/new')",
            "5",
        ),
        (
            "UPDATE articles SET url = 'https://example.org/other' WHERE id = 2",
            "5",
        ),
        ("UPDATE articles SET processed_at = now() WHERE id = 1", "5"),
        (
            "UPDATE articles SET id = 77, url = 'https://example.org/77' WHERE id = 5",
            "5",
        ),
        ("DELETE FROM articles WHERE id = 77", "4"),
        ("TRUNCATE articles", "0"),
    ] {
        world
            .execute(&format!("SET ROLE {role}; {write}; RESET ROLE"))
            .await;

        assert_eq!(
            world.text("SELECT count(*) FROM article_work").await,
            works,
            "{write}"
        );
        world.assert_sound().await;
    }
    world
        .execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await;
}

#[tokio::test]
async fn a_migration_never_makes_the_users_wait_behind_it() {
    let world = World::empty().await;
    world.execute(OLD_SCRIPT).await;
    let reader = client(&world.url).await;
    reader
        .batch_execute("BEGIN; SELECT count(*) FROM articles; LOCK articles IN ROW EXCLUSIVE MODE")
        .await
        .expect("a long transaction of the users");
    let budget = budget();
    let migrating = world.store.migrate(&budget);

    let writing = async {
        let mut longest = Duration::ZERO;
        for n in 0..30 {
            let started = clock::now();
            let sql = format!("INSERT INTO articles (url) VALUES ('https://example.org/w{n}')");
            world.client.batch_execute(&sql).await.expect("an insert");
            longest = longest.max(clock::now() - started);
        }
        let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted";
        let waited = world.text(waiting).await;
        reader.batch_execute("COMMIT").await.expect("commit");
        (longest, waited)
    };
    let (migrated, (longest, _)) = tokio::join!(migrating, writing);

    migrated.expect("migrates once the users' transaction has ended");
    assert!(
        longest < Duration::from_millis(900),
        "an insert waited {longest:?}"
    );
    world.store.reconcile(&budget).await.expect("reconcile");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_schema_that_is_given_is_worked_in_and_no_other() {
    let world = World::empty().await;
    world
        .execute(
            "CREATE SCHEMA news; CREATE TABLE news.articles (id int PRIMARY KEY, url text);
             INSERT INTO news.articles VALUES (1, 'https://example.org/a');",
        )
        .await;
    let database = Database {
        secret: None,
        url: Secret::new(world.url.clone()),
        tls: DatabaseTls::Off,
        search_path: vec!["news".to_owned()],
    };
    let store = Store::new(&database, "store tests").expect("the URL is sound");

    store.migrate(&budget()).await.expect("migrate");

    let due = store.due(&budget(), 10, Duration::from_secs(9)).await;
    assert_eq!(due.expect("due").queued.len(), 1);
    assert_eq!(
        world.text("SELECT to_regclass('public.articles')").await,
        "NULL"
    );
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_text_is_refused() {
    let world = World::empty().await;
    let name = format!("latin_{}", world.text("SELECT current_database()").await);
    world
        .execute(&format!(
            "CREATE DATABASE {name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        ))
        .await;
    let (server, _) = world.url.rsplit_once('/').expect("a database");
    let store = store_at(&format!("{server}/{name}"));

    let refused = store.migrate(&budget()).await;
    store.close(&budget()).await;
    world
        .execute(&format!("DROP DATABASE {name} WITH (FORCE)"))
        .await;

    let Err(StoreError::Schema { problem, .. }) = refused else {
        panic!("{refused:?}");
    };
    assert!(
        problem.contains("LATIN1") && problem.contains("UTF8"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_backfill_that_was_cut_off_goes_on_with_the_next_run() {
    const ROWS: i64 = 12_345;
    let world = World::empty().await;
    world
        .execute(&format!(
            "CREATE TABLE articles (id bigint PRIMARY KEY, url varchar(99));
             INSERT INTO articles SELECT n * 7, 'https://example.org/' || n FROM generate_series(1, {ROWS}) n;"
        ))
        .await;
    let first = world.store.migrate(&budget()).await.expect("migrate");
    // As if it had been killed after the first page.
    world
        .execute(
            "DELETE FROM article_work WHERE article_id > 35000;
             DELETE FROM gleaner_migrations WHERE name LIKE 'backfill of%';",
        )
        .await;

    let second = world.store.migrate(&budget()).await.expect("migrate");
    let third = world.store.migrate(&budget()).await.expect("migrate");

    assert_eq!(first.adopted_rows, ROWS);
    assert_eq!((second.adopted_rows, third.adopted_rows), (ROWS - 5_000, 0));
    world.assert_sound().await;
}

#[tokio::test]
async fn two_migrators_at_once_make_one_schema() {
    let world = World::empty().await;
    world.execute(OLD_SCRIPT).await;
    let other = store_at(&world.url);

    let budget_of_both = budget();
    let (one, two) = tokio::join!(
        world.store.migrate(&budget_of_both),
        other.migrate(&budget_of_both)
    );

    assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    let again = other.migrate(&budget()).await.expect("migrate");
    assert_eq!(again.applied, Vec::<String>::new());
    world.assert_sound().await;
}

#[tokio::test]
async fn a_table_in_another_schema_keeps_everything_beside_it() {
    let world = World::empty().await;
    let name = world.text("SELECT current_database()").await;
    world
        .execute(&format!(
            "CREATE SCHEMA news; CREATE TABLE news.articles (id int PRIMARY KEY, url text);
             INSERT INTO news.articles VALUES (1, 'https://example.org/a');
             ALTER DATABASE {name} SET search_path = public, news;"
        ))
        .await;
    let store = store_at(&world.url);

    store.migrate(&budget()).await.expect("migrate");

    assert_eq!(
        world.text("SELECT to_regclass('news.article_work')").await,
        "news.article_work"
    );
    let due = store
        .due(&budget(), 10, std::time::Duration::from_secs(9))
        .await;
    assert_eq!(due.expect("due").queued.len(), 1);
    assert_eq!(store.violations(&budget()).await.expect("violations"), []);
}

#[tokio::test]
async fn a_database_of_a_newer_or_another_build_is_refused() {
    for (change, word) in [
        (
            "INSERT INTO gleaner_migrations VALUES ('0999_later', '')",
            "newer build (0999_later)",
        ),
        (
            "UPDATE gleaner_migrations SET checksum = '' WHERE name = '0002_work'",
            "0002_work",
        ),
    ] {
        let world = World::migrated().await;
        world.execute(change).await;

        let refused = world.store.migrate(&budget()).await;

        let Err(StoreError::Schema { problem, .. }) = refused else {
            panic!("{refused:?}");
        };
        assert!(problem.contains(word), "{problem}");
    }
}

#[tokio::test]
async fn a_function_whose_text_changed_is_replaced() {
    let world = World::migrated().await;
    world
        .execute(
            "UPDATE gleaner_migrations SET checksum = 'of the build before' WHERE name = 'claim'",
        )
        .await;

    let migrated = world.store.migrate(&budget()).await.expect("migrate");

    assert_eq!(migrated.applied, ["claim"]);
}
