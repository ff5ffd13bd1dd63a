// State and events: which article and fact are chosen, what the filter lets through. The choice
// stands in the address, so that it can be sent along and survives a refresh.

const state = { articles: [], view: "articles", article: 0, fact: -1 };

function readData() {
  state.articles = JSON.parse(byId("data").textContent).articles;
}

function current() {
  return state.articles[state.article];
}

// the filter

function filterOf() {
  const value = (id) => byId(id).value;
  const words = value("search").trim().toLocaleLowerCase();
  return (fact) =>
    (!value("kind") || fact.kind === value("kind")) &&
    (!value("certainty") || fact.certainty === value("certainty")) &&
    (!value("grounding") || fact.grounding === value("grounding") ||
      (value("grounding") === "unsupported" && fact.unsupported.length > 0)) &&
    (!words || haystack(fact).includes(words));
}

function haystack(fact) {
  fact.search ??= [fact.claim, fact.quote, fact.speaker, fact.when, fact.place, ...fact.entities]
    .filter(Boolean).join("\n").toLocaleLowerCase();
  return fact.search;
}

function isFiltering() {
  return ["search", "kind", "certainty", "grounding"].some((id) => byId(id).value.trim() !== "");
}

// what is on screen

function renderList() {
  const passes = filterOf();
  const filtering = isFiltering();
  let facts = 0;
  let articles = 0;
  const items = state.articles.map((article, at) => {
    const count = article.facts.filter(passes).length;
    facts += count;
    const isShown = !filtering || count > 0;
    if (isShown) articles += 1;
    return isShown ? listItem(article, at, count) : null;
  });
  byId("list").replaceChildren(...items.filter(Boolean));
  const of = filtering ? ` of ${state.articles.reduce((sum, it) => sum + it.facts.length, 0)}` : "";
  byId("count").textContent = `${facts}${of} ${facts === 1 && !of ? "fact" : "facts"} in ${articles} ${articles === 1 ? "article" : "articles"}`;
}

function listItem(article, at, count) {
  const how = article.outcome ?? article.class ?? article.state;
  const button = el("button", { type: "button", "data-article": at, "aria-current": at === state.article ? "true" : null },
    el("span", { class: "title", dir: "auto" }, article.title || article.address || `article ${article.id}`),
    el("span", { class: "under" },
      el("span", null, article.host || "no host"),
      el("span", { class: `count state-${article.tone}` }, article.facts.length ? `${count} ${count === 1 ? "fact" : "facts"}` : how)));
  return el("li", null, button);
}

function renderArticle() {
  const article = current();
  if (!article) {
    byId("reading").replaceChildren(el("p", { class: "empty" }, "No article is in this report."));
    return;
  }
  const passes = filterOf();
  renderReading(article, passes);
  renderFacts(article, passes);
  if (state.fact >= 0) chooseFact(state.fact, "nowhere");
}

function chooseArticle(at) {
  if (at < 0 || at >= state.articles.length) return;
  state.article = at;
  state.fact = -1;
  for (const button of document.querySelectorAll("#list [data-article]")) {
    const isCurrent = Number(button.dataset.article) === at;
    button.toggleAttribute("aria-current", isCurrent);
    if (isCurrent) {
      button.setAttribute("aria-current", "true");
      button.scrollIntoView({ block: "nearest" });
    }
  }
  renderArticle();
  writeAddress();
}

// `from` is where it was chosen: that side stays as it is, the other comes into view.
function chooseFact(number, from = "keys") {
  state.fact = number;
  chooseInList(number, from !== "list" && from !== "nowhere");
  chooseInText(number, from !== "text" && from !== "nowhere");
  writeAddress();
}

function showView(view) {
  state.view = view;
  byId("articles").hidden = byId("filters").hidden = view !== "articles";
  byId("pipeline").hidden = view !== "pipeline";
  document.body.classList.toggle("on-articles", view === "articles");
  for (const link of document.querySelectorAll("[data-view]")) {
    if (link.dataset.view === view) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

// the address

const ADDRESS_AFTER_MS = 150;
let addressTimer = 0;

// Not at once: browsers refuse addresses that change as fast as a held key repeats.
function writeAddress() {
  clearTimeout(addressTimer);
  addressTimer = setTimeout(() => {
    if (state.view !== "articles" || !current()) return;
    const fact = state.fact >= 0 ? `/${state.fact + 1}` : "";
    history.replaceState(null, "", `#/article/${current().id}${fact}`);
  }, ADDRESS_AFTER_MS);
}

function readAddress() {
  const [view, id, fact] = location.hash.replace(/^#\/?/, "").split("/");
  if (view === "pipeline") return showView("pipeline");
  showView("articles");
  const at = state.articles.findIndex((article) => String(article.id) === id);
  state.article = at >= 0 ? at : Math.max(0, state.article);
  state.fact = at >= 0 && fact ? Number(fact) - 1 : -1;
  renderList();
  renderArticle();
  if (state.fact >= 0) chooseFact(state.fact);
}

// keys: up and down go through the facts, left and right through the articles

function shownFacts() {
  const passes = filterOf();
  return (current()?.facts ?? []).map((fact, number) => (passes(fact) ? number : -1)).filter((it) => it >= 0);
}

function stepFact(by) {
  const facts = shownFacts();
  if (!facts.length) return;
  const at = facts.indexOf(state.fact);
  const next = at < 0 ? (by > 0 ? 0 : facts.length - 1) : Math.min(facts.length - 1, Math.max(0, at + by));
  chooseFact(facts[next]);
}

function stepArticle(by) {
  const shown = [...document.querySelectorAll("#list [data-article]")].map((it) => Number(it.dataset.article));
  const next = shown[shown.indexOf(state.article) + by];
  if (next !== undefined) chooseArticle(next);
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || state.view !== "articles") return;
  if (event.target.matches("input, select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const steps = {
    ArrowDown: () => stepFact(1), ArrowUp: () => stepFact(-1), j: () => stepFact(1), k: () => stepFact(-1),
    ArrowRight: () => stepArticle(1), ArrowLeft: () => stepArticle(-1),
    "/": () => byId("search").focus(),
  };
  const step = steps[event.key];
  if (!step) return;
  event.preventDefault();
  step();
}

function onClick(event) {
  const { target } = event;
  const mark = target.closest("mark[data-facts]");
  if (mark) return chooseFromMark(mark);
  const article = target.closest("[data-article]");
  if (article) return chooseArticle(Number(article.dataset.article));
  const item = target.closest("[data-fact]");
  if (!item) return undefined;
  const number = Number(item.dataset.fact);
  if (target.closest(".annotate")) {
    return copy(JSON.stringify(annotationOf(current(), current().facts[number]), null, 2), "annotation");
  }
  return target.closest("a") ? undefined : chooseFact(number, "list");
}

// Words that several facts share choose them one after the other.
function chooseFromMark(mark) {
  const facts = mark.dataset.shown.split(" ").filter(Boolean).map(Number);
  if (facts.length) chooseFact(facts[(facts.indexOf(state.fact) + 1) % facts.length], "text");
}

function start() {
  readData();
  readAddress();
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  window.addEventListener("hashchange", readAddress);
  byId("filters").addEventListener("input", () => {
    state.fact = -1;
    renderList();
    const shown = [...document.querySelectorAll("#list [data-article]")].map((it) => Number(it.dataset.article));
    if (shown.length && !shown.includes(state.article)) chooseArticle(shown[0]);
    else renderArticle();
  });
  document.documentElement.dataset.ready = "yes";
}

start();
