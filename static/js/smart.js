// Shows beside an action, while it is typed, which of the five letters of SMART it has and which ask something.
//
//   <aside data-smart="…/do/actions/check/" data-smart-form="action"> <div data-letter="S"> <dd data-prompt>
//
// The server looks at what is typed; nothing is stored there. Without it the panel stays as it came.

const PAUSE = 700;

class Smart {
  constructor(panel) {
    this.panel = panel;
    this.form = document.getElementById(panel.dataset.smartForm);
    this.asked = 0;
    this.form.addEventListener("input", () => this.soon());
    this.form.addEventListener("change", () => this.soon());
    if ([...this.form.querySelectorAll("textarea")].some((box) => box.value)) this.soon(); // typed at an earlier visit
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), PAUSE);
  }

  async look() {
    const number = ++this.asked;
    try {
      const body = new FormData(this.form);
      const answer = await fetch(this.panel.dataset.smart, { method: "POST", body, redirect: "manual" });
      if (answer.ok && number === this.asked) this.show(await answer.json());
    } catch {
      // no connection: the panel is a help, the form says so itself when it is sent
    }
  }

  show({ letters, refused }) {
    for (const { letter, prompt } of letters) {
      const row = this.panel.querySelector(`[data-letter="${letter}"]`);
      row.dataset.state = prompt ? "ask" : "fine";
      row.querySelector("[data-mark]").textContent = prompt ? "?" : "✓";
      row.querySelector("[data-state-words]").textContent = prompt ? "to think about" : "yes";
      row.querySelector("[data-prompt]").textContent = prompt || row.dataset.meaning;
    }
    const line = this.panel.querySelector("[data-refused]");
    line.textContent = refused.join(". ");
    line.hidden = !refused.length;
  }
}

for (const panel of document.querySelectorAll("[data-smart]")) new Smart(panel);
