//! One chunk asked: what is sent, of which model, in which form, and how often.

pub(crate) mod chain;
pub(crate) mod prompt;
pub(crate) mod request_form;
pub(crate) mod retry;
pub(crate) mod route;
pub(crate) mod schema;
