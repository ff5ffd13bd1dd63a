//! What a request says in either dialect: the static part of the prompt, and the schema.

use crate::ask::prompt::STATIC;
use crate::ask::request_form::{Format, RequestForm};
use crate::ask::schema::Schema;

/// The static part: the schema stands in it when it is not sent as a parameter.
pub(super) fn system(form: RequestForm) -> &'static str {
    match form.format {
        Format::Schema => STATIC.system,
        Format::JsonObject | Format::Plain => &STATIC.system_with_schema,
    }
}

/// The schema that the form sends.
pub(super) fn schema(form: RequestForm) -> Option<&'static Schema> {
    if form.bounds {
        STATIC.bounded.as_ref()
    } else {
        STATIC.unbounded.as_ref()
    }
}
