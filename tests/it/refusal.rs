//! What the old script called success: a site that refuses everybody, a page without text, a model
//! that is out. Here each is a visible state with a class, and nothing is marked as processed.

use domain::ErrorClass;
use site::Fault;
use tests::{Options, World};

use crate::path::options;

/// Articles that the old script marked as processed with no facts in 0.4 s.
const ARTICLES: usize = 400;

#[tokio::test]
async fn four_hundred_refused_pages_are_four_hundred_visible_setbacks() {
    let mut world = World::start(Options {
        concurrency: 4,
        ..options()
    })
    .await;
    let url = |number| {
        world
            .site
            .url(&format!("/fault/status?code=403&n={number}"))
    };
    let urls: Vec<String> = (0..ARTICLES).map(url).collect();
    world.add(&urls).await;

    world.settle().await;

    assert_eq!(world.site.faults_fired(), ARTICLES);
    assert_eq!(
        world
            .text("SELECT count(*) FROM articles WHERE processed_at IS NOT NULL")
            .await,
        "0"
    );
    let states = "SELECT string_agg(DISTINCT state || ' ' || error_class, ',') FROM article_work";
    assert_eq!(world.text(states).await, "retry http_denied");
    assert_eq!(
        world.text("SELECT count(*) FROM article_work").await,
        ARTICLES.to_string()
    );
    assert_eq!(world.text("SELECT count(*) FROM facts").await, "0");
    assert_eq!(world.model.requests(), 0);
    world.assert_sound().await;
    world.stop().await;
}

#[tokio::test]
async fn a_page_without_an_article_fails_with_its_reason() {
    let mut world = World::start(options()).await;
    world.site.publish(
        "/empty",
        "text/html",
        "<html><body><nav>Home</nav></body></html>",
    );
    world.add(&[world.site.url("/empty")]).await;

    world.settle().await;

    let article = world.summaries().await.remove(0);
    assert_eq!(article.error_class, Some(ErrorClass::NoText));
    assert!(article.reason.is_some(), "{article:?}");
    assert_eq!(world.model.requests(), 0);
    assert_eq!(
        world
            .text("SELECT count(*) FROM articles WHERE processed_at IS NOT NULL")
            .await,
        "0"
    );
    world.assert_sound().await;
    world.stop().await;
}

#[tokio::test]
async fn a_model_that_is_out_burns_no_attempt_and_opens_its_breaker() {
    let mut options = options();
    options.model.script = "fault=503;times=always".parse().expect("a script");
    options.concurrency = 1;
    let mut world = World::start(options).await;
    world.add(&tests::pages::publish(&world.site, 6)).await;

    world.settle().await;

    let sql = "SELECT string_agg(DISTINCT state || ' ' || attempt, ',') FROM article_work";
    assert_eq!(world.text(sql).await, "retry 0");
    assert_eq!(world.text("SELECT count(*) FROM llm_breakers").await, "1");
    assert!(
        world.model.requests() <= 4,
        "{} calls for six articles",
        world.model.requests()
    );
    assert_eq!(
        world.site.log().len(),
        1,
        "no page is fetched for a model that is out"
    );
    world.assert_sound().await;
    world.stop().await;
}

#[tokio::test]
async fn a_slow_page_is_retried_and_leaves_no_facts() {
    let mut options = options();
    options.time_limit = std::time::Duration::from_secs(6);
    let mut world = World::start(options).await;
    world.site.script("/slow", Fault::StallInBody, 1);
    world.add(&[world.site.url("/slow")]).await;

    world.settle().await;

    let article = world.summaries().await.remove(0);
    assert_eq!(
        article.error_class,
        Some(ErrorClass::FetchTimeout),
        "{article:?}"
    );
    assert_eq!((article.state.as_str(), article.attempt), ("retry", 1));
    assert_eq!(world.site.faults_fired(), 1);
    world.assert_sound().await;
    world.stop().await;
}
