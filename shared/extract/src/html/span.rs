//! Places in the source. Texts and attributes stay spans until somebody reads them.

/// A half-open range of bytes of the source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Span {
        let clip = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Span {
            start: clip(start),
            end: clip(end),
        }
    }

    /// The part of `source` the span names.
    pub(crate) fn of(self, source: &str) -> &str {
        source
            .get(self.start as usize..self.end as usize)
            .unwrap_or("")
    }

    pub(crate) fn len(self) -> u32 {
        self.end.saturating_sub(self.start)
    }
}
