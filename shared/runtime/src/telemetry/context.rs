//! What a line says of the invocation and the article it belongs to.

use super::line::Line;
use crate::clock;
use crate::scope::Scope;

/// The scope's fields that `wanted` lets through.
pub(super) fn write_scope(line: &mut Line, scope: &Scope, wanted: impl Fn(&str) -> bool) {
    let now = scope.snapshot(clock::now());
    if wanted("request_id") {
        line.text("request_id", format_args!("{}", scope.request_id()));
    }
    if let Some(id) = now.article_id.filter(|_| wanted("article_id")) {
        line.number("article_id", id);
    }
    if let Some(fence) = now.fence.filter(|_| wanted("fence")) {
        line.number("fence", fence);
    }
    if let Some(step) = now.step.filter(|_| wanted("step")) {
        line.text("step", format_args!("{step}"));
    }
    if wanted("remaining_ms") {
        line.number("remaining_ms", now.remaining.as_millis());
    }
}
