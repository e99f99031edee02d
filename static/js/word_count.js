// Counts the words of every long text on a page of the form, and lets its box grow with it.
//
// The count is seen at once, heard when the box is entered, and read aloud only after a rest in typing.

const REST = 3000;
const LONG_TEXTS = "form textarea[id]:not(.govuk-js-character-count, [hidden], [readonly])";
const heard = document.createElement("div");
heard.className = "govuk-visually-hidden";
heard.setAttribute("role", "status");
let rest;

function words(text) {
  const count = text.trim() ? text.trim().split(/\s+/u).length : 0;
  return count === 1 ? "1 word" : `${count.toLocaleString("en-GB")} words`;
}

function grow(text) {
  const hidden = text.scrollHeight - text.clientHeight;
  if (hidden > 2) text.style.height = `${text.offsetHeight + hidden}px`; // 2: heights are rounded
}

const widths = new WeakMap();
const narrowed = new ResizeObserver((changes) => {
  for (const { target, contentRect } of changes) {
    if (widths.get(target) === contentRect.width) continue; // it grew: that changes no width
    widths.set(target, contentRect.width);
    target.style.height = ""; // what fitted another width
    grow(target);
  }
});

function watch(text) {
  widths.set(text, null);
  if (!heard.isConnected) document.body.append(heard);
  const line = document.createElement("p");
  line.className = "portal-words";
  line.id = `${text.id}_words`;
  text.after(line);
  text.setAttribute("aria-describedby", [text.getAttribute("aria-describedby"), line.id].filter(Boolean).join(" "));

  function show() {
    const said = text.value.trim() ? words(text.value) : "";
    if (line.textContent !== said) line.textContent = said;
    grow(text);
  }

  text.addEventListener("input", () => {
    show();
    clearTimeout(rest);
    rest = setTimeout(() => (heard.textContent = line.textContent), REST);
  });
  text.addEventListener("focus", show);
  narrowed.observe(text); // when it comes into sight, and when the window narrows
  show();
}

// Boxes that come later, too: questions that an answer brings (judgement.js).
function watchAll() {
  for (const text of document.querySelectorAll(LONG_TEXTS)) {
    if (!widths.has(text)) watch(text);
  }
}

watchAll();
new MutationObserver((changes) => {
  if (changes.some(({ addedNodes }) => [...addedNodes].some(bringsText))) watchAll();
}).observe(document.body, { childList: true, subtree: true });

function bringsText(node) {
  return node.nodeType === Node.ELEMENT_NODE && (node.matches("textarea") || node.querySelector("textarea") !== null);
}
