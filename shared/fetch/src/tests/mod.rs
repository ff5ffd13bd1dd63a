//! The whole fetcher against servers that misbehave. Public addresses are dialled for real as far
//! as the fetcher can tell: a detour leads them to servers on loopback, and everything it did not
//! expect to a canary.

mod bodies;
mod certificates;
mod connecting;
mod detour;
mod dns;
mod forbidden;
mod headers;
mod journeys;
mod name_server;
mod packed;
mod pages;
mod redirects;
mod robots;
mod site;
mod statuses;
mod tls;
mod world;

pub(crate) use detour::Detour;
