// What a fact can be taken along as: a link that finds its words on the page, and an annotation.

const LINK_WORDS = 6;
const LINK_CHARS_MAX = 120;
const CONTEXT_CHARS = 32;

function encoded(words) {
  return encodeURIComponent(words).replace(/-/g, "%2D");
}

// https://wicg.github.io/scroll-to-text-fragment/: the whole quote, or its first and last words
// when it is long or runs over lines.
function textFragment(quote) {
  const words = quote.split(/\s+/u).filter(Boolean);
  const isLong = quote.length > LINK_CHARS_MAX || /\n/.test(quote);
  if (!isLong || words.length <= LINK_WORDS * 2) return encoded(words.join(" "));
  const first = words.slice(0, LINK_WORDS).join(" ");
  const last = words.slice(-LINK_WORDS).join(" ");
  return `${encoded(first)},${encoded(last)}`;
}

function sourceLink(url, quote) {
  const directive = `:~:text=${textFragment(quote)}`;
  return url.includes("#") ? url + directive : `${url}#${directive}`;
}

// https://www.w3.org/TR/annotation-model/
function annotationOf(article, fact) {
  const { prefix, suffix } = around(article.text, fact.span, CONTEXT_CHARS);
  return {
    "@context": "http://www.w3.org/ns/anno.jsonld",
    id: `urn:gleaner:${article.id}:${fact.key}`,
    type: "Annotation",
    motivation: "describing",
    body: { type: "TextualBody", value: fact.claim, format: "text/plain" },
    target: {
      source: article.href ?? article.address,
      selector: { type: "TextQuoteSelector", exact: fact.quote, prefix, suffix },
    },
  };
}
