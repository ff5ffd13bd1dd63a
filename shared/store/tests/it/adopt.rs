//! An `articles` table that is there before Gleaner.

use store::StoreError;

use crate::harness::{World, budget, store_at};

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

        let Err(StoreError::Schema { problem, sqlstate }) = refused else {
            panic!("{table}: {refused:?}");
        };
        assert!(problem.contains(word), "{table}: {problem}");
        assert_eq!(sqlstate.as_deref(), Some("GL001"));
        assert_eq!(
            world.text("SELECT to_regclass('article_work')").await,
            "NULL"
        );
    }
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
