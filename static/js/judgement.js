// Keeps what follows from the answers up to date while somebody writes: the suggested grade, the questions that ask.
//
//   <div data-judgement="/…/judgement/"> … <div data-fresh="suggestion"> … <section data-fresh-prompts="grade"> …
//
// After each save the piece of page is fetched and put in place. What is typed is never touched: a question that is
// there keeps its box, one that no longer stands is hidden with its answer, one that is new comes with an empty box.

const area = document.querySelector("[data-judgement]");
const form = area?.closest("form");
let asking = null;

form?.addEventListener("saved", refresh);

async function refresh() {
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(area.dataset.judgement, { credentials: "same-origin", redirect: "error", signal: asking.signal });
    if (!answer.ok) return;
    put(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // no connection, or a newer save came first: what is shown stays, the next save brings the rest
  }
}

function put(fresh) {
  for (const piece of fresh.querySelectorAll("[data-fresh]")) {
    const here = area.querySelector(`[data-fresh="${piece.dataset.fresh}"]`);
    if (here && here.textContent.trim() !== piece.textContent.trim()) here.replaceChildren(...piece.childNodes);
  }
  for (const group of fresh.querySelectorAll("[data-fresh-prompts]")) merge(group);
}

function merge(group) {
  const here = area.querySelector(`[data-fresh-prompts="${group.dataset.freshPrompts}"]`);
  if (!here) return;
  const standing = new Set();
  for (const block of group.querySelectorAll("[data-prompt]")) {
    standing.add(block.dataset.prompt);
    const known = here.querySelector(`[data-prompt="${CSS.escape(block.dataset.prompt)}"]`);
    if (known) standAgain(known, block);
    else here.append(withKeptText(block));
  }
  for (const block of here.querySelectorAll("[data-prompt]")) block.hidden = !standing.has(block.dataset.prompt);
  here.hidden = standing.size === 0;
}

function standAgain(known, block) {
  const question = known.querySelector(".portal-prompt__question");
  question.replaceChildren(...block.querySelector(".portal-prompt__question").childNodes);
}

function withKeptText(block) {
  const box = block.querySelector("textarea");
  const kept = box && [...form.elements].find((field) => field.name === box.name && "kept" in field.dataset);
  if (kept) {
    box.value = kept.value;
    kept.remove();
  }
  return block;
}
