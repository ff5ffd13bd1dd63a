//! What the second stage sees besides the first stage's numbers: how sure the first stage was of
//! the block, its neighbours, the elements around it and the blocks made alike.

use super::features::{PageSums, log, share, small};
use crate::block::Blocks;
use crate::html::Tree;

/// Numbers per block of the second stage.
pub(crate) const SECOND: usize = 40;

/// From this sureness on (of 255) a block counts as kept when gaps and ends are measured.
const KEPT: u8 = 128;

/// Characters, and those weighted by sureness.
#[derive(Clone, Copy, Debug, Default)]
struct Mass {
    chars: u64,
    sure: u64,
}

impl Mass {
    fn add(&mut self, other: Mass) {
        self.chars += other.chars;
        self.sure += other.sure;
    }

    /// Mean sureness of a character, 0 to 255.
    fn mean(self) -> u8 {
        u8::try_from(self.sure / self.chars.max(1)).unwrap_or(u8::MAX)
    }

    fn log(self) -> u8 {
        log(u32::try_from(self.sure / 255).unwrap_or(u32::MAX))
    }
}

/// The second stage's view of a page.
pub(crate) struct SecondStage<'a> {
    blocks: &'a Blocks,
    page_sums: &'a PageSums,
    sure: &'a [u8],
    /// Sums over the blocks before each, and over all.
    before: Vec<Mass>,
    nodes: Vec<Mass>,
    groups: Vec<Mass>,
    total: Mass,
    first: usize,
    last: usize,
    previous_kept: Vec<usize>,
    next_kept: Vec<usize>,
    most: u8,
}

impl<'a> SecondStage<'a> {
    pub(crate) fn new(
        tree: &Tree<'_>,
        blocks: &'a Blocks,
        page_sums: &'a PageSums,
        sure: &'a [u8],
    ) -> Self {
        let count = blocks.list.len();
        let mut before = Vec::with_capacity(count + 1);
        let mut sum = Mass::default();
        let mut nodes = vec![Mass::default(); tree.nodes.len()];
        let mut groups = vec![Mass::default(); page_sums.groups.len()];
        for (at, block) in blocks.list.iter().enumerate() {
            before.push(sum);
            let chars = u64::from(block.chars);
            let mass = Mass {
                chars,
                sure: chars * u64::from(sure[at]),
            };
            sum.add(mass);
            nodes[block.node].add(mass);
            groups[page_sums.group[at] as usize].add(mass);
        }
        before.push(sum);
        for (id, node) in tree.nodes.iter().enumerate().skip(1).rev() {
            let own = nodes[id];
            if own.chars > 0 {
                nodes[node.parent as usize].add(own);
            }
        }
        let kept = |at: &usize| sure[*at] >= KEPT;
        let mut previous_kept = vec![usize::MAX; count];
        let mut next_kept = vec![usize::MAX; count];
        for at in 1..count {
            previous_kept[at] = if kept(&(at - 1)) {
                at - 1
            } else {
                previous_kept[at - 1]
            };
        }
        for at in (0..count.saturating_sub(1)).rev() {
            next_kept[at] = if kept(&(at + 1)) {
                at + 1
            } else {
                next_kept[at + 1]
            };
        }
        SecondStage {
            blocks,
            page_sums,
            sure,
            before,
            nodes,
            groups,
            total: sum,
            first: (0..count).find(kept).unwrap_or(usize::MAX),
            last: (0..count).rfind(kept).unwrap_or(usize::MAX),
            previous_kept,
            next_kept,
            most: sure.iter().copied().max().unwrap_or(0),
        }
    }

    fn between(&self, from: usize, to: usize) -> Mass {
        let to = to.min(self.sure.len());
        let (start, end) = (self.before[from.min(to)], self.before[to]);
        Mass {
            chars: end.chars - start.chars,
            sure: end.sure - start.sure,
        }
    }

    /// The second stage's own numbers of one block.
    pub(crate) fn row(&self, at: usize) -> [u8; SECOND] {
        let mut row = [0; SECOND];
        let mut next = 0;
        let mut put = |value: u8| {
            if let Some(slot) = row.get_mut(next) {
                *slot = value;
            }
            next += 1;
        };
        put(self.sure[at]);
        for offset in [-4_isize, -3, -2, -1, 1, 2, 3, 4] {
            let near = at
                .checked_add_signed(offset)
                .and_then(|at| self.sure.get(at));
            put(near.copied().unwrap_or(0));
        }
        for reach in [2, 5, 10, 20] {
            put(self
                .between(at.saturating_sub(reach), at + reach + 1)
                .mean());
        }
        put(self.between(at.saturating_sub(6), at).mean());
        put(self.between(at + 1, at + 7).mean());
        for level in self.page_sums.levels[at] {
            let mass = self.nodes[level as usize];
            put(mass.mean());
            put(mass.log());
            put(percent(mass.sure, self.total.sure));
        }
        let group = self.groups[self.page_sums.group[at] as usize];
        put(group.mean());
        put(percent(group.sure, self.total.sure));
        put(self.total.log());
        put(percent(self.before[at].sure, self.total.sure));
        put(self.most);
        put(gap(self.previous_kept[at], at));
        put(gap(at, self.next_kept[at]));
        put(self.side(at));
        put(self.likeness(self.previous_kept[at], at));
        put(self.likeness(self.next_kept[at], at));
        put(self.total.mean());
        put(self.rank(at));
        debug_assert!(next <= SECOND);
        row
    }

    /// Before the first kept block, between, behind the last.
    fn side(&self, at: usize) -> u8 {
        if self.first == usize::MAX {
            3
        } else if at < self.first {
            0
        } else if at > self.last {
            2
        } else {
            1
        }
    }

    /// How many of the enclosing elements two blocks share, and whether they are made alike.
    fn likeness(&self, other: usize, at: usize) -> u8 {
        let (Some(theirs), ours) = (self.page_sums.levels.get(other), self.page_sums.levels[at])
        else {
            return 0;
        };
        let alike = self.page_sums.group[other] == self.page_sums.group[at];
        let shared = ours
            .iter()
            .position(|level| *level != 0 && theirs.contains(level));
        let closeness = shared.map_or(0, |level| 4 - level);
        u8::try_from(closeness * 2 + usize::from(alike)).unwrap_or(0)
    }

    /// This block's length against the whole kept text.
    fn rank(&self, at: usize) -> u8 {
        let chars = self.blocks.list[at].chars;
        share(
            chars,
            u32::try_from(self.total.sure / 255)
                .unwrap_or(u32::MAX)
                .max(chars),
        )
    }
}

fn percent(part: u64, whole: u64) -> u8 {
    u8::try_from(part * 100 / whole.max(1)).unwrap_or(100)
}

/// Blocks to the nearest kept one on one side.
fn gap(from: usize, to: usize) -> u8 {
    if from == usize::MAX || to == usize::MAX {
        return u8::MAX;
    }
    small(u32::try_from(to - from).unwrap_or(u32::MAX)).min(200)
}
