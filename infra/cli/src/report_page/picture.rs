//! Pictures of numbers as inline SVG: a bar in a table's cell, bars over time.
//!
//! Our own, and small: the page paints them by its classes, so that they are dark and light with it,
//! and words stay HTML, so that they keep their size on a phone. The chart libraries for Rust paint
//! with colours and fonts of their own. No picture says anything that no table says.

use maud::{Markup, html};

/// A bar, as wide as its share of the whole cell.
pub(super) fn bar(parts: &[(f64, &str)]) -> Markup {
    let mut from = 0.0;
    let placed: Vec<(f64, f64, &str)> = parts
        .iter()
        .map(|(share, paint)| {
            let at = from;
            let width = (share.clamp(0.0, 1.0) * 100.0).min(100.0 - at);
            from += width;
            (at, width, *paint)
        })
        .collect();
    html! {
        svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
            @for (at, width, paint) in placed {
                rect class={ "paint-" (paint) } x=(number(at)) y="0" width=(number(width)) height="10" {}
            }
        }
    }
}

/// A share of the largest; nothing is invisible that is not nothing.
pub(super) fn share(value: f64, largest: f64) -> f64 {
    if value <= 0.0 || largest <= 0.0 {
        return 0.0;
    }
    (value / largest).max(0.01)
}

/// Stacked bars over time.
pub(super) struct Series {
    /// What it shows, for those who cannot see it.
    pub(super) about: String,
    /// Name and paint of each kind, the lowest first.
    pub(super) kinds: Vec<(String, &'static str)>,
    /// A label for each bucket, and a value for each kind in it.
    pub(super) buckets: Vec<(String, Vec<f64>)>,
    /// A line that should not be passed.
    pub(super) limit: Option<f64>,
    /// A value in words.
    pub(super) words: fn(f64) -> String,
}

impl Series {
    /// The picture, its axis, its key and its table.
    pub(super) fn markup(&self) -> Markup {
        let sums = self.buckets.iter().map(|(_, values)| values.iter().sum());
        let largest = sums.chain(self.limit).fold(0.0, f64::max);
        let first = self.buckets.first().map_or("", |(label, _)| label);
        let last = self.buckets.last().map_or("", |(label, _)| label);
        html! {
            (self.svg(largest))
            div.axis { span { (first) } span { "highest " ((self.words)(largest)) } span { (last) } }
            div.key { @for (name, paint) in &self.kinds {
                span { svg viewBox="0 0 10 10" aria-hidden="true" {
                    rect class={ "paint-" (paint) } width="10" height="10" rx="2" {}
                } (name) }
            } @if let Some(limit) = self.limit { span { "dashed: the limit, " ((self.words)(limit)) } } }
            details { summary { "as a table" } (self.table()) }
        }
    }

    fn svg(&self, largest: f64) -> Markup {
        let count = u32::try_from(self.buckets.len()).unwrap_or(u32::MAX).max(1);
        let height = |value: f64| {
            if largest > 0.0 {
                value / largest * 100.0
            } else {
                0.0
            }
        };
        html! {
            svg.series viewBox={ "0 0 " (count * 10) " 100" } preserveAspectRatio="none" role="img"
                aria-label=(self.about) {
                @for ((label, values), bucket) in self.buckets.iter().zip(0_u32..) {
                    @for (value, top, kind) in stacked(values) {
                        @if let Some((name, paint)) = self.kinds.get(kind) {
                            rect class={ "paint-" (paint) } x=(bucket * 10 + 1) width="8"
                                y=(number(100.0 - height(top))) height=(number(height(value))) {
                                title { (label) ": " ((self.words)(value)) " " (name) }
                            }
                        }
                    }
                }
                @if let Some(limit) = self.limit {
                    line.limit x1="0" x2=(count * 10) y1=(number(100.0 - height(limit)))
                        y2=(number(100.0 - height(limit))) {}
                }
            }
        }
    }

    fn table(&self) -> Markup {
        let told = self.buckets.iter().rev();
        let told = told.filter(|(_, values)| values.iter().any(|value| *value > 0.0));
        html! {
            div.scroll tabindex="0" role="region" aria-label={ (self.about) ", as a table" } { table {
                thead { tr { th { "from (UTC)" } @for (name, _) in &self.kinds { th.number { (name) } } } }
                tbody { @for (label, values) in told {
                    tr { td { (label) } @for value in values { td.number { ((self.words)(*value)) } } }
                } }
            } }
        }
    }
}

/// The values above zero, each with the top of its piece of the stack and the number of its kind.
fn stacked(values: &[f64]) -> Vec<(f64, f64, usize)> {
    let mut top = 0.0;
    let pieces = values.iter().enumerate().map(|(kind, value)| {
        top += value;
        (*value, top, kind)
    });
    pieces.filter(|(value, ..)| *value > 0.0).collect()
}

fn number(value: f64) -> String {
    format!("{value:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_ends_where_its_sum_is_and_leaves_out_what_is_zero() {
        assert_eq!(stacked(&[2.0, 0.0, 3.0]), [(2.0, 2.0, 0), (3.0, 5.0, 2)]);
    }

    #[test]
    fn a_bar_never_leaves_its_cell_and_a_small_share_is_still_seen() {
        let drawn = bar(&[(0.7, "good"), (0.6, "bad")]).into_string();

        assert!(
            drawn.contains(r#"x="70.00" y="0" width="30.00""#),
            "{drawn}"
        );
        assert!(share(1.0, 1e9) > 0.0);
        assert!(share(0.0, 0.0).abs() < f64::EPSILON);
    }
}
