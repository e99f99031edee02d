// Shows beside each rule of the timescales what its days come to, as soon as typing pauses. The server counts; nothing
// is counted here, and nothing is saved here: autosave does that on its own.
//
//   <div data-timescales="address"> <fieldset data-timescale="code"> … <output data-hint> … [data-problem]

import { token } from "./signed_in.js";

const PAUSE = 400;

class Timescales {
  constructor(list) {
    this.list = list;
    this.form = list.closest("form");
    this.asked = 0;
    list.addEventListener("input", (event) => this.typed(event.target));
  }

  typed(input) {
    const line = input.closest("[data-timescale]");
    if (!line) return;
    const from = line.querySelector(`[id="${input.id}_from"]`);
    if (from) from.hidden = input.value !== from.dataset.from;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), PAUSE);
  }

  async ask() {
    const number = ++this.asked;
    try {
      const response = await fetch(this.list.dataset.timescales, {
        method: "POST",
        credentials: "same-origin",
        redirect: "manual",
        headers: { Accept: "application/json", "X-CSRFToken": token(this.form) },
        body: new URLSearchParams(new FormData(this.form)),
      });
      if (response.ok && number === this.asked) this.show(await response.json());
    } catch {
      // no connection: autosave says so, and the hints come with the next key
    }
  }

  show({ hints, problems }) {
    for (const line of this.list.querySelectorAll("[data-timescale]")) {
      const hint = hints[line.dataset.timescale];
      const output = line.querySelector("[data-hint]");
      output.dataset.kind = hint?.kind ?? "";
      if (output.textContent !== (hint?.words ?? "")) output.textContent = hint?.words ?? "";
      for (const input of line.querySelectorAll("input")) this.mark(input, problems[input.name] ?? "");
    }
  }

  mark(input, problem) {
    const message = document.getElementById(`${input.id}_error`);
    const waits = problem && input === document.activeElement; // a day half typed is not a mistake
    message.hidden = !problem || waits;
    message.querySelector("[data-words]").textContent = problem;
    input.classList.toggle("govuk-input--error", Boolean(problem) && !waits);
    if (waits) input.addEventListener("blur", () => this.ask(), { once: true });
  }
}

for (const list of document.querySelectorAll("[data-timescales]")) new Timescales(list);
