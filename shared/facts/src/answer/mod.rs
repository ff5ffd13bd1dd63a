//! What came back: an HTTP response in, an answer or a named failure out.

pub(crate) mod clean;
mod error_words;
mod excerpt;
mod items;
mod mend;
pub(crate) mod model_fact;
mod reasoning;
pub(crate) mod reply;
pub(crate) mod response_class;
