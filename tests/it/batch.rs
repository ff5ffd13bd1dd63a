//! Ten large pages in one invocation.

use std::fs;

use tests::process::{descendants, processes, used};
use tests::{Options, World};

use crate::path::{event, failures, options};

/// A multiple of what pages have; an unoptimised build on a busy machine reads one well within the
/// limit of an extraction, and ten at once not.
const PAGE_BYTES: usize = 500_000;

/// What one process may have held at its worst.
const RESIDENT_BYTES_MAX: u64 = 200_000_000;

/// An article whose paragraphs fill the page.
fn page(number: usize) -> String {
    let sentence = format!("The council of town {number} voted on Tuesday to mend the bridge. ");
    let paragraph = format!("<p>{}</p>\n", sentence.repeat(20));
    let mut page =
        format!("<!doctype html><html><head><title>Bridge {number}</title></head><body><article>");
    while page.len() + paragraph.len() < PAGE_BYTES {
        page.push_str(&paragraph);
    }
    page + "</article></body></html>"
}

/// The most memory that any function process of a world has held.
fn resident_bytes_max(world: &World) -> Option<u64> {
    let ours = descendants(&processes(), std::process::id());
    let ours = ours.iter().filter(|process| {
        let environment = fs::read(format!("/proc/{}/environ", process.pid));
        environment.is_ok_and(|bytes| {
            String::from_utf8_lossy(&bytes).contains(world.database_url.as_str())
        })
    });
    ours.filter_map(|process| used(process.pid))
        .map(|used| used.resident_bytes_max)
        .max()
}

#[tokio::test]
async fn ten_large_pages_fit_into_one_invocation() {
    let world = World::start(Options {
        batch_size: 10,
        concurrency: 1,
        time_limit: std::time::Duration::from_secs(120),
        ..options()
    })
    .await;
    let mut urls = Vec::new();
    for number in 0..10 {
        let path = format!("/bridge/{number}");
        world.site.publish(&path, "text/html", page(number));
        urls.push(world.site.url(&path));
    }
    let ids = world.add(&urls).await;

    let answer = world.invoke(&event(&ids)).await;

    assert_eq!(failures(&answer), Vec::<String>::new());
    let ends =
        "SELECT string_agg(DISTINCT concat_ws(' ', state, error_class), ', ') FROM article_work";
    assert_eq!(world.text(ends).await, "done");
    let held = resident_bytes_max(&world).expect("a function process");
    assert!(held < RESIDENT_BYTES_MAX, "{held} bytes");
    world.assert_sound().await;
    world.stop().await;
}
