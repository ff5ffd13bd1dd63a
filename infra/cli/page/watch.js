// `gleaner report --watch`: asks its own server for a newer page, and takes over what changed.

const ASK_EVERY_MS = 3000;

async function refresh() {
  const pageHeld = await fetch(location.pathname, { cache: "no-cache" });
  if (!pageHeld.ok) throw new Error(`status ${pageHeld.status}`);
  const page = new DOMParser().parseFromString(await pageHeld.text(), "text/html");
  for (const id of ["data", "pipeline", "made", "note"]) {
    const [mine, theirs] = [byId(id), page.getElementById(id)];
    if (mine.innerHTML === theirs.innerHTML) continue;
    mine.replaceChildren(...[...theirs.childNodes].map((node) => document.importNode(node, true)));
    mine.hidden = id === "pipeline" ? mine.hidden : theirs.hidden;
    if (id === "data") takeOver();
  }
}

// The chosen article stays chosen, wherever it stands now.
function takeOver() {
  const chosen = current()?.id;
  readData();
  const at = state.articles.findIndex((article) => article.id === chosen);
  state.article = Math.max(0, at);
  renderList();
  renderArticle();
}

async function watch() {
  try {
    await refresh();
  } catch (error) {
    byId("made").textContent = "no longer refreshed: `gleaner report --watch` has ended";
  }
  setTimeout(watch, ASK_EVERY_MS);
}

setTimeout(watch, ASK_EVERY_MS);
