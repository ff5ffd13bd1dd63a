// One article: its text with the facts marked in it.

function renderReading(article, isShown) {
  const pane = byId("reading");
  const title = article.title || article.address || `article ${article.id}`;
  const address = article.href
    ? el("a", { href: article.href, rel: "noreferrer noopener", target: "_blank" }, article.address)
    : article.address || "no url";
  const parts = [
    el("h2", { dir: "auto", id: "title" }, title),
    el("p", { class: "address" }, address),
    el("p", { class: "how" }, ...article.how.map((words) => el("span", null, words))),
  ];
  if (article.trouble) {
    const trouble = el("div", { class: "trouble" }, el("strong", null, article.class ?? article.state), " ");
    trouble.append(article.trouble, el("br"), el("code", null, article.command));
    parts.push(trouble);
  }
  if (article.text) parts.push(markedText(article, isShown));
  else parts.push(el("p", { class: "empty" }, "No text of this article is stored."));
  pane.replaceChildren(...parts);
  pane.scrollTop = 0;
}

// Pages say all sorts of things about their language.
function languageOf(article) {
  return /^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i.test(article.language ?? "") ? article.language : null;
}

function markedText(article, isShown) {
  const box = el("div", { class: "text", dir: "auto", lang: languageOf(article), id: "text" });
  const spans = article.facts.map((fact) => fact.span);
  for (const { from, to, facts } of piecesOf(article.text, spans)) {
    const words = article.text.slice(from, to);
    box.append(facts.length === 0 ? words : markOf(article, facts, words, isShown));
  }
  return box;
}

// The colour is that of the innermost fact that the filter shows; the edge tells how many there are.
function markOf(article, facts, words, isShown) {
  const shown = facts.filter((fact) => isShown(article.facts[fact]));
  const lengthOf = (fact) => article.facts[fact].span[1] - article.facts[fact].span[0];
  const inner = (shown.length ? shown : facts).reduce((a, b) => (lengthOf(b) < lengthOf(a) ? b : a));
  const many = ["", "", " two"][shown.length] ?? " many";
  const faded = shown.length ? "" : " faded";
  const numbers = facts.map((fact) => fact + 1).join(", ");
  return el("mark", {
    class: `kind-${article.facts[inner].kind}${many}${faded}`,
    "data-facts": facts.join(" "),
    "data-shown": shown.join(" "),
    title: facts.length > 1 ? `facts ${numbers}` : `fact ${numbers}`,
  }, words);
}

// Marks the pieces of one fact, and brings the first into view.
function chooseInText(number, scroll) {
  const marks = [...document.querySelectorAll("#text mark")];
  const mine = marks.filter((mark) => mark.dataset.facts.split(" ").includes(String(number)));
  for (const mark of marks) mark.classList.toggle("chosen", mine.includes(mark));
  if (scroll && mine.length) mine[0].scrollIntoView({ block: "center" });
}
