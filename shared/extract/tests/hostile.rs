//! Pages made to break extractors, each on a 2 MB stack. None may take long, abort, or lose the
//! paragraph that a reader would see; what a bound left out must be said.

#![expect(
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a test may panic"
)]

mod hostile_pages;

use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use extract::{Cut, EmptyReason, Extracted, Limits, Options, Source, extract};
use hostile_pages::{nested, page, pages};

/// The stack of a worker thread; a function process has no more.
const STACK_BYTES: usize = 2 * 1024 * 1024;

/// Work one hostile page may take in a debug build; a release build needs a tenth of it (the
/// benchmark prints it).
const PATIENCE: Duration = Duration::from_secs(5);

/// Work a page may still take in a debug build when its deadline has passed: one look over 8 MB.
const OVERRUN: Duration = Duration::from_millis(500);

/// Time this thread has worked, where the system says it: other tests run beside this one. The
/// clock on the wall elsewhere.
#[expect(clippy::disallowed_methods, reason = "the test measures")]
fn work_time() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    let clock = START.get_or_init(Instant::now);
    std::fs::read_to_string("/proc/thread-self/schedstat").map_or_else(
        |_| clock.elapsed(),
        |line| Duration::from_nanos(line.split(' ').next().unwrap().parse().unwrap()),
    )
}

fn on_small_stack(page: Vec<u8>) -> Extracted {
    let work = move || {
        let start = work_time();
        let found = extract(&page, &Options::default());
        (found, work_time().saturating_sub(start))
    };
    let thread = thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(work)
        .unwrap();
    let (found, took) = thread.join().unwrap();
    assert!(took < PATIENCE, "took {took:?}");
    found
}

fn assert_article(found: &Extracted) {
    assert!(
        found.text.contains("ask for another report"),
        "{:?}",
        found.why
    );
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test sets deadlines")]
fn no_hostile_page_outlasts_its_deadline() {
    let mut stopped = 0;
    for case in pages() {
        let page = (case.page)();
        for allotted in [20, 150].map(Duration::from_millis) {
            let start = work_time();
            let deadline = Some(Instant::now() + allotted);

            let found = extract(
                &page,
                &Options {
                    deadline,
                    ..Options::default()
                },
            );

            let took = work_time().saturating_sub(start);
            assert!(took < allotted + OVERRUN, "{}: {took:?}", case.name);
            stopped += usize::from(found.why.cut.contains(&Cut::Deadline));
        }
    }

    assert!(stopped > 20, "only {stopped} runs met their deadline");
}

#[test]
fn a_selector_does_not_take_the_time_of_the_page() {
    let selector = "main.text > p".parse().unwrap();
    let deep = page(&"<div>".repeat(60_000), "");
    let start = work_time();

    let found = extract(
        &deep,
        &Options {
            selector: Some(&selector),
            ..Options::default()
        },
    );

    assert!(work_time().saturating_sub(start) < PATIENCE);
    assert_eq!(found.why.source, Source::Blocks);
    assert_article(&found);
}

#[test]
fn deep_nesting_costs_no_more_than_shallow_nesting_of_the_same_size() {
    let worked = |page: &[u8], times: usize| {
        let start = work_time();
        (0..times).for_each(|_| assert_article(&extract(page, &Options::default())));
        work_time().saturating_sub(start)
    };

    let shallow = worked(&nested(10_000), 40);
    let deep = worked(&nested(100_000), 4);

    // Linear is 1; quadratic would be 10. The rest is for caches that others use too.
    assert!(
        shallow > Duration::ZERO && deep < shallow * 4,
        "{shallow:?}, then {deep:?}"
    );
}

#[test]
fn deep_nesting_is_flattened_and_said() {
    for depth in [10_000, 100_000] {
        let found = on_small_stack(page(&"<div>".repeat(depth), &"</div>".repeat(depth)));

        assert_article(&found);
        assert!(found.why.cut.contains(&Cut::Depth), "{depth}");
    }
}

#[test]
fn nested_lists_and_formatting_are_survived() {
    for unit in [
        "<ul><li>",
        "<b>",
        "<font size=1><p>",
        "<table><tr><td>",
        "<a href=x>",
        "<svg>",
    ] {
        let found = on_small_stack(page("", &unit.repeat(20_000)));

        assert_article(&found);
    }
}

#[test]
fn a_formatting_element_in_every_paragraph_stays_linear() {
    for count in [3_000, 10_000] {
        let fonts: String = (0..count).map(|n| format!("<font x{n}><p>")).collect();

        assert_article(&on_small_stack(page("", &fonts)));
    }
}

#[test]
fn a_tag_with_a_hundred_thousand_attributes_is_cut() {
    for count in [50_000, 100_000] {
        let attributes: String = (0..count).map(|n| format!(" a{n}=1")).collect();
        let found = on_small_stack(page(&format!("<div{attributes}></div>"), ""));

        assert_article(&found);
        assert!(found.why.cut.contains(&Cut::Attributes));
    }
}

#[test]
fn a_million_line_breaks_are_survived() {
    assert_article(&on_small_stack(page("", &"<br>".repeat(1_000_000))));
}

#[test]
fn two_hundred_thousand_links_are_no_article() {
    let found = on_small_stack(page("", &"<a href=/x>link text</a> ".repeat(200_000)));

    assert_article(&found);
    assert!(!found.text.contains("link text"));
}

#[test]
fn a_twenty_megabyte_article_is_read_up_to_the_bound() {
    let found = on_small_stack(page(
        "",
        &format!("<p>{}</p>", "One, two, three. ".repeat(12)).repeat(95_000),
    ));

    assert!(found.why.cut.contains(&Cut::Input));
}

#[test]
fn five_megabytes_of_less_than_signs_are_text() {
    let found = on_small_stack(page("", &"<".repeat(5_000_000)));

    assert!(
        found.why.cut.iter().all(|cut| *cut != Cut::Nodes),
        "{:?}",
        found.why.cut
    );
}

#[test]
fn unclosed_comments_scripts_and_quotes_end_with_the_page() {
    for opening in [
        "<!--",
        "<script>",
        "<style>",
        "<textarea>",
        "<div class=\"",
        "<!-- <script>",
    ] {
        let found = on_small_stack(page("", &format!("{opening}{}", "x ".repeat(2_500_000))));

        assert_article(&found);
        assert!(!found.text.contains("x x x"), "{opening}");
    }
}

#[test]
fn bytes_that_are_no_text_are_survived() {
    let mut bad = page("", "");
    bad.extend([0xFF, 0xC0, 0x80, 0xED, 0xA0, 0x80, 0xF5].repeat(100_000));
    let mut nul = page("", "");
    nul.extend(std::iter::repeat_n(0_u8, 1_000_000));

    assert_article(&on_small_stack(bad));
    assert_article(&on_small_stack(nul));
}

#[test]
fn nothing_is_empty_with_a_reason() {
    let cases = [
        ("", EmptyReason::NoInput),
        (" \n\t ", EmptyReason::NoInput),
        ("%PDF-1.7 …", EmptyReason::NotHtml),
        (
            "\u{1}\u{2}\u{3}Qx\u{17}some text, of a kind",
            EmptyReason::NotHtml,
        ),
        ("<html>", EmptyReason::NoParagraphs),
    ];

    for (source, reason) in cases {
        let found = on_small_stack(source.as_bytes().to_vec());

        assert_eq!(found.why.empty, Some(reason), "{source:?}");
        assert_eq!(found.text, "");
    }
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the test sets a deadline that has passed"
)]
fn a_passed_deadline_stops_the_work_and_is_said() {
    let page = page(
        "",
        &format!("<p>{}</p>", "One, two, three. ".repeat(12)).repeat(5_000),
    );

    let found = extract(
        &page,
        &Options {
            deadline: Some(Instant::now()),
            ..Options::default()
        },
    );

    assert!(found.why.cut.contains(&Cut::Deadline));
}

#[test]
fn the_node_bound_is_said() {
    let limits = Limits {
        nodes_max: 100,
        ..Limits::default()
    };

    let found = extract(
        &page("", &"<p>One, two, three.</p>".repeat(500)),
        &Options {
            limits,
            ..Options::default()
        },
    );

    assert!(found.why.cut.contains(&Cut::Nodes));
    assert!(!found.text.is_empty());
}
