// Elements without markup: whatever a page said becomes text, never HTML.

function el(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") element.className = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function byId(id) {
  return document.getElementById(id);
}

let toastTimer = 0;

function toast(words) {
  byId("toast").textContent = words;
  byId("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { byId("toast").hidden = true; }, 2500);
}

async function copy(words, what) {
  try {
    await navigator.clipboard.writeText(words);
    toast(`${what} copied`);
  } catch {
    // without the permission: select it in a field, as a person would
    const field = el("textarea", { "aria-label": what, class: "seen-only" });
    field.value = words;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    toast(done ? `${what} copied` : "the browser does not allow copying");
  }
}
