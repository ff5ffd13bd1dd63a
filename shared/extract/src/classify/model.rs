//! The block classifier: two stages of small decision trees, trained by `training/train.py` and
//! kept in `weights.bin`. A stage is a count of trees (u16, little-endian); a tree is a complete
//! one of depth 5: 31 nodes of feature and threshold (u8, u8) level by level, then 32 leaves
//! (i16, little-endian) in 1/4096 of a logit. Going down is arithmetic without branches.

use std::sync::OnceLock;

const WEIGHTS: &[u8] = include_bytes!("weights.bin");

/// Leaf values are in this fraction of a logit.
const LEAF_UNIT: f32 = 1.0 / 4096.0;

const DEPTH: usize = 5;
const LEAVES: usize = 1 << DEPTH;

/// Trees of the first stage after which a hopeless block is given up.
const EARLY_TREES: usize = 24;

/// What is hopeless then, in leaf units: the sureness is about 1 in 100.
const EARLY_SUM: i32 = -4 * 4096;

/// Trees of the second stage after which most blocks are decided.
const DECIDED_TREES: usize = 72;

/// What is decided then, in leaf units: the sureness is below 7 or above 93 in 100.
const DECIDED_SUM: i32 = 5 * 4096 / 2;

/// The numbers of one block, room for every feature a byte can name.
pub(crate) type Numbers = [u8; 256];

/// Both stages.
pub(crate) struct Model {
    pub(crate) first: Stage,
    pub(crate) second: Stage,
}

/// The model the crate ships; read once.
pub(crate) fn model() -> &'static Model {
    static MODEL: OnceLock<Model> = OnceLock::new();
    MODEL.get_or_init(|| {
        let mut reader = Reader { bytes: WEIGHTS };
        Model {
            first: reader.stage(),
            second: reader.stage(),
        }
    })
}

#[derive(Debug)]
struct Tree {
    /// Feature and threshold; the last is never asked.
    nodes: [(u8, u8); LEAVES],
    leaves: [i16; LEAVES],
}

/// The trees of one stage.
pub(crate) struct Stage(Vec<Tree>);

impl Stage {
    /// How sure the stage is that a block with these numbers belongs to the main text; the last
    /// trees are not asked once they could not turn the decision.
    pub(crate) fn sureness(&self, row: &Numbers) -> f32 {
        let (early, late) = self.0.split_at(DECIDED_TREES.min(self.0.len()));
        let sum: i32 = early.iter().map(|tree| tree.value(row)).sum();
        if sum.abs() > DECIDED_SUM {
            return sigmoid(sum);
        }
        sigmoid(sum + late.iter().map(|tree| tree.value(row)).sum::<i32>())
    }

    /// The same, but done early with a block that is hopeless.
    pub(crate) fn quick_sureness(&self, row: &Numbers) -> f32 {
        let (early, late) = self.0.split_at(EARLY_TREES.min(self.0.len()));
        let sum: i32 = early.iter().map(|tree| tree.value(row)).sum();
        if sum < EARLY_SUM {
            return sigmoid(sum);
        }
        sigmoid(sum + late.iter().map(|tree| tree.value(row)).sum::<i32>())
    }
}

fn sigmoid(sum: i32) -> f32 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a sum of some hundred i16 is below 2^24"
    )]
    let logit = sum as f32 * LEAF_UNIT;
    1.0 / (1.0 + (-logit).exp())
}

impl Tree {
    /// The value of the leaf a row falls into.
    fn value(&self, row: &Numbers) -> i32 {
        let mut at = 0;
        for _ in 0..DEPTH {
            let (feature, threshold) = self.nodes[at & (LEAVES - 1)];
            at = 2 * at + 1 + usize::from(row[usize::from(feature)] > threshold);
        }
        i32::from(self.leaves[(at + 1) & (LEAVES - 1)])
    }
}

/// A sureness as a byte, as the second stage was trained on it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a probability times 255 fits a byte"
)]
pub(crate) fn byte_of(sureness: f32) -> u8 {
    (sureness * 255.0).round() as u8
}

struct Reader {
    bytes: &'static [u8],
}

impl Reader {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        match self.bytes.split_first_chunk::<N>() {
            Some((head, rest)) => {
                self.bytes = rest;
                *head
            }
            None => [0; N],
        }
    }

    fn stage(&mut self) -> Stage {
        let count = u16::from_le_bytes(self.take());
        Stage((0..count).map(|_| self.tree()).collect())
    }

    fn tree(&mut self) -> Tree {
        let mut tree = Tree {
            nodes: [(0, 0); LEAVES],
            leaves: [0; LEAVES],
        };
        for node in &mut tree.nodes[..LEAVES - 1] {
            let [feature, threshold] = self.take();
            *node = (feature, threshold);
        }
        for leaf in &mut tree.leaves {
            *leaf = i16::from_le_bytes(self.take());
        }
        tree
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_are_whole_and_small() {
        let mut reader = Reader { bytes: WEIGHTS };
        let (first, second) = (reader.stage(), reader.stage());

        assert!(
            reader.bytes.is_empty(),
            "{} bytes are left over",
            reader.bytes.len()
        );
        assert!(WEIGHTS.len() < 100_000, "{}", WEIGHTS.len());
        assert!(first.0.len() > EARLY_TREES && !second.0.is_empty());
    }

    #[test]
    fn a_tree_is_walked_to_the_leaf_its_thresholds_say() {
        let mut tree = Tree {
            nodes: [(0, 255); LEAVES],
            leaves: [0; LEAVES],
        };
        tree.nodes[0] = (7, 10);
        tree.leaves[0] = 1;
        tree.leaves[LEAVES / 2] = 2;
        let mut row = [0; 256];

        assert_eq!(tree.value(&row), 1);
        row[7] = 11;
        assert_eq!(tree.value(&row), 2);
    }
}
