//! What the store promises, against a real Postgres.

#[cfg(test)]
mod adopt;
#[cfg(test)]
mod at_work;
#[cfg(test)]
mod breakers;
#[cfg(test)]
mod exporting;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod money;
#[cfg(test)]
mod path;
#[cfg(test)]
mod poison;
#[cfg(test)]
mod races;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod scenery;
#[cfg(test)]
mod users;
#[cfg(test)]
mod wire;
