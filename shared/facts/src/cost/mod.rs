//! What calls used, and what that costs.

pub(crate) mod prices;
pub(crate) mod tally;
