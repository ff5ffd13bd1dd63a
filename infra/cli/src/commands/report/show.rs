//! Opens a page in the browser that the user has.

use crate::failure::advise;

pub(super) fn in_browser(what: &str) -> anyhow::Result<()> {
    open::that_detached(what).map_err(|error| {
        let error = anyhow::Error::from(error).context("open a browser");
        advise(error, format!("open {what} yourself"))
    })
}
