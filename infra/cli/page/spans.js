// Spans and text. Spans count code points; a script's strings count UTF-16 units.

// The UTF-16 unit at which a code point begins, as a function of its number.
function unitsOf(text) {
  if (!/[\ud800-\udfff]/.test(text)) return (point) => Math.min(point, text.length);
  const starts = [];
  for (let unit = 0; unit < text.length; unit += text.codePointAt(unit) > 0xffff ? 2 : 1) {
    starts.push(unit);
  }
  return (point) => (point < starts.length ? starts[point] : text.length);
}

// Cuts a text where spans begin and end: pieces of [from, to) in UTF-16 units, each with the
// numbers of the facts whose spans cover it. Together they are the whole text, in order.
function piecesOf(text, spans) {
  const unit = unitsOf(text);
  const edges = [];
  spans.forEach(([start, end], fact) => {
    edges.push([unit(start), 1, fact], [unit(end), 0, fact]);
  });
  edges.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const pieces = [];
  const open = new Set();
  let at = 0;
  for (const [edge, begins, fact] of edges) {
    if (edge > at) {
      pieces.push({ from: at, to: edge, facts: [...open] });
      at = edge;
    }
    if (begins) open.add(fact);
    else open.delete(fact);
  }
  if (at < text.length) pieces.push({ from: at, to: text.length, facts: [] });
  return pieces;
}

// `length` characters before and after a span: what a quote is found by when it stands twice.
function around(text, [start, end], length) {
  const unit = unitsOf(text);
  return {
    prefix: text.slice(unit(Math.max(0, start - length)), unit(start)),
    suffix: text.slice(unit(end), unit(end + length)),
  };
}
