//! The article that a command is about: found by its id, or an error that says where to look.

use domain::{ArticleId, redacted_url};
use store::{Store, Summary};

use crate::failure::advise;
use crate::{database, print};

/// The article of an id.
pub(crate) async fn find(store: &Store, id: ArticleId) -> anyhow::Result<Summary> {
    let found = store.summaries(&database::budget(), Some(&[id]), 1).await?;
    found.into_iter().next().ok_or_else(|| {
        let missing = anyhow::anyhow!("article {id} does not exist");
        advise(missing, "`gleaner status` shows what there is")
    })
}

/// Its title, else its URL, as one line of a terminal.
pub(crate) fn heading(article: &Summary) -> String {
    let url = || article.url.as_deref().map(redacted_url);
    let title = article.title.clone().or_else(url);
    let title = title.unwrap_or_else(|| "(no title)".to_owned());
    print::strong(&print::short(&print::plain(&title), 90))
}
