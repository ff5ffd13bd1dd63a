//! `gleaner doctor`: broken, sound, and "could not look" are three things; large tables are looked
//! through to their end.

use std::process::{Output, Stdio};

use tests::{Folder, client, world};

fn doctor(url: &str) -> Output {
    let folder = Folder::new();
    folder
        .command(env!("CARGO_BIN_EXE_gleaner-under-test"), &["doctor"])
        .env("DATABASE_URL", url)
        .stdin(Stdio::null())
        .output()
        .expect("the command")
}

fn words(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(out).into_owned() + &String::from_utf8_lossy(err)
}

#[tokio::test(flavor = "multi_thread")]
async fn sound_broken_and_could_not_look_have_codes_of_their_own() {
    let database = world::migrated().await;
    let users = client(database.url()).await;
    // more than two windows of articles, and the last one is broken
    users
        .batch_execute(
            "INSERT INTO articles (url) SELECT 'https://example.org/' || n FROM generate_series(1, 20005) n",
        )
        .await
        .expect("articles");

    let sound = doctor(database.url());
    users
        .batch_execute(
            "UPDATE article_work SET due_at = now() + interval '3 days'
              WHERE article_id = (SELECT max(id) FROM articles)",
        )
        .await
        .expect("a broken promise");
    let broken = doctor(database.url());
    let away = doctor("postgres://nobody:x@127.0.0.1:1/none");

    assert_eq!(sound.status.code(), Some(0), "{}", words(&sound));
    assert_eq!(broken.status.code(), Some(1), "{}", words(&broken));
    assert!(
        words(&broken).contains("comes due in more than a day"),
        "{}",
        words(&broken)
    );
    assert_eq!(away.status.code(), Some(2), "{}", words(&away));
    assert!(
        words(&away).contains("nothing is known of it"),
        "{}",
        words(&away)
    );
}
