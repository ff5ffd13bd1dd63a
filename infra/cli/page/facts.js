// The facts of one article, as a list beside its text; below them those that were rejected.

const REFUSALS = {
  too_short: "too short to be looked for",
  nowhere: "nowhere in this text",
  altered_number: "a number is not the text's",
  altered_name: "a name is not the text's",
  altered_negation: "a negation was put in or left out",
  altered_words: "words are not the text's",
  prompt_example: "it names somebody of the prompt's examples",
};

// The first screens of a long list are made at once, the others after they are painted, or as soon
// as one of them is wanted.
const FACTS_AT_ONCE = 60;
let makeOthers = () => {};

function renderFacts(article, isShown) {
  const pane = byId("facts");
  const shown = article.facts.map((fact, number) => [fact, number]).filter(([fact]) => isShown(fact));
  const itemsOf = (facts) => facts.map(([fact, number]) => factItem(article, fact, number));
  const list = el("ol", { class: "facts", "aria-label": "facts" }, ...itemsOf(shown.slice(0, FACTS_AT_ONCE)));
  let others = shown.slice(FACTS_AT_ONCE);
  makeOthers = () => {
    list.append(...itemsOf(others));
    others = [];
  };
  if (others.length) setTimeout(makeOthers, 50);
  const parts = [list];
  if (shown.length === 0) {
    const words = article.facts.length ? "No fact of this article matches." : "No facts.";
    parts.push(el("p", { class: "empty" }, words));
  }
  if (article.rejected_count > 0) parts.push(el("div", { class: "facts" }, rejectedBox(article)));
  pane.replaceChildren(...parts);
  pane.scrollTop = 0;
}

function factItem(article, fact, number) {
  const claim = el("button", { class: "claim", type: "button", dir: "auto" }, ...claimWords(fact));
  const chips = [
    el("span", { class: "chip kind" }, fact.kind),
    el("span", { class: "chip" }, fact.certainty),
    el("span", { class: "chip" }, groundingWords(fact)),
  ];
  const more = [
    ["speaker", fact.speaker],
    ["when", fact.when],
    ["where", fact.place],
    ["model wrote", fact.model_quote],
  ].filter(([, value]) => value);
  const link = article.href
    ? el("a", { href: sourceLink(article.href, fact.quote), target: "_blank", rel: "noreferrer noopener" }, "in the source")
    : null;
  const annotation = el("button", { class: "link annotate", type: "button" }, "copy annotation");
  const parts = [claim];
  // a claim in the article's own words need not be read twice
  if (fact.claim.trim() !== fact.quote.trim()) parts.push(el("blockquote", { dir: "auto" }, fact.quote));
  parts.push(el("div", { class: "chips" }, ...chips));
  if (fact.unsupported.length) {
    const words = fact.unsupported.join(", ");
    parts.push(el("div", { class: "chips" }, el("span", { class: "chip warn" }, `not near the quote: ${words}`)));
  }
  if (more.length) {
    const rows = more.flatMap(([name, value]) => [el("dt", null, name), el("dd", { dir: "auto" }, value)]);
    parts.push(el("dl", null, ...rows));
  }
  parts.push(el("div", { class: "acts" }, link, annotation));
  return el("li", {
    class: `fact kind-${fact.kind}`,
    "data-fact": number,
    id: `fact-${number}`,
  }, ...parts);
}

function groundingWords(fact) {
  if (fact.grounding !== "aligned") return fact.grounding;
  return `aligned, ${fact.edits} ${fact.edits === 1 ? "word" : "words"} off`;
}

// The claim, with the words that stand nowhere near its quote underlined.
function claimWords(fact) {
  if (!fact.unsupported.length) return [fact.claim];
  const sorted = [...fact.unsupported].filter(Boolean).sort((a, b) => b.length - a.length);
  const parts = [];
  let rest = fact.claim;
  while (rest) {
    const found = sorted
      .map((words) => [rest.indexOf(words), words])
      .filter(([at]) => at >= 0)
      .sort((a, b) => a[0] - b[0])[0];
    if (!found) break;
    const [at, words] = found;
    if (at > 0) parts.push(rest.slice(0, at));
    parts.push(el("u", { class: "unsupported" }, words));
    rest = rest.slice(at + words.length);
  }
  if (rest) parts.push(rest);
  return parts;
}

function rejectedBox(article) {
  const items = article.rejected.map((it) => {
    const elsewhere = it.elsewhere ? `; it stands in article ${it.elsewhere}` : "";
    return el("li", null,
      el("span", { dir: "auto" }, it.claim), " ",
      el("q", { dir: "auto" }, it.quote),
      el("span", { class: "why" }, `${REFUSALS[it.why] ?? it.why}${elsewhere}`));
  });
  const count = article.rejected_count;
  const left = count - article.rejected.length;
  const heading = `${count} rejected: ${count === 1 ? "its quote is" : "their quotes are"} not in the text`;
  const box = el("section", { class: "rejected" }, el("h3", null, heading), el("ul", null, ...items));
  if (left > 0) box.append(el("p", { class: "why" }, `${left} more are not kept.`));
  return box;
}

function chooseInList(number, scroll) {
  for (const item of document.querySelectorAll("#facts .fact[aria-current]")) item.removeAttribute("aria-current");
  if (!byId(`fact-${number}`)) makeOthers();
  const item = byId(`fact-${number}`);
  if (!item) return;
  item.setAttribute("aria-current", "true");
  if (scroll) item.scrollIntoView({ block: "nearest" });
}
