// Two texts for the same question, side by side, until somebody has chosen: mine, the other, or both.
//
// A clash, as the server tells it: {name, label, kind, inputs, rows, mine, theirs, both, by, at}.

import { collect, firstControl, put, valueAt } from "./content.js";

const MOST_ROWS = 30; // of one group on a page
const TOO_MANY = `Together these are more than ${MOST_ROWS}. Keep one of the two, and take over who should stay.`;

const WHAT_HAPPENED =
  "While you were writing, the same answer was changed elsewhere. Nothing is lost: both texts are kept. Choose what this page is to say. Everything else on the page goes on being saved.";
const LEFT_OPEN =
  "You left this page before you had chosen between two texts. Nothing is lost: both are kept. Choose what this page is to say. Everything else on the page goes on being saved.";

export class Conflict {
  constructor(form, { chosen }) {
    this.form = form;
    this.chosen = chosen;
    this.clashes = new Map();
    this.blocks = new Map();
    this.panel = null;
    this.leftOpen = false; // by somebody who went away before choosing
  }

  get open() {
    return [...this.clashes.keys()];
  }

  // The clashes as they are now: new ones come, those that agree by now go.
  show(clashes) {
    const isNew = clashes.some((clash) => !this.clashes.has(clash.name));
    this.clashes = new Map(clashes.map((clash) => [clash.name, clash]));
    this.draw();
    if (isNew && !isWriting(this.form)) this.lookAt(); // whoever is in the middle of a word is not torn out of it
  }

  lookAt() {
    this.panel?.scrollIntoView({ block: "start" });
    this.panel?.focus({ preventScroll: true });
  }

  draw() {
    if (!this.clashes.size) return this.close();
    this.panel ??= this.makePanel();
    for (const [name, block] of this.blocks) {
      if (!this.clashes.has(name)) block.remove(), this.blocks.delete(name);
    }
    for (const clash of this.clashes.values()) this.drawOne(clash);
  }

  drawOne(clash) {
    const drawn = this.blocks.get(clash.name);
    const block = this.block(clash);
    if (drawn) drawn.querySelector(".portal-conflict__pair").replaceWith(block.querySelector(".portal-conflict__pair"));
    else this.blocks.set(clash.name, block), this.panel.querySelector("[data-clashes]").append(block);
  }

  makePanel() {
    const panel = element("section", "portal-conflict");
    const heading = element("h2", "govuk-heading-m", "Two texts for the same question");
    heading.id = "conflict-heading";
    panel.setAttribute("aria-labelledby", heading.id);
    panel.tabIndex = -1;
    panel.append(heading, element("p", "govuk-body", this.leftOpen ? LEFT_OPEN : WHAT_HAPPENED));
    const list = element("div", "");
    list.dataset.clashes = "";
    panel.append(list);
    this.form.before(panel);
    return panel;
  }

  block(clash) {
    const block = element("div", "portal-conflict__question");
    const pair = element("div", "portal-conflict__pair");
    pair.append(side("Typed by you here", clash.mine), side([clash.by || "Somebody else", clash.at].filter(Boolean).join(", "), clash.theirs));
    block.append(element("h3", "govuk-heading-s", clash.label), pair, this.buttons(clash));
    return block;
  }

  buttons(clash) {
    const group = element("div", "govuk-button-group");
    const choices = { mine: "Keep mine", theirs: "Keep the other", both: "Keep both" };
    for (const [choice, words] of Object.entries(choices)) {
      if (choice === "both" && !clash.both) continue;
      const button = element("button", "govuk-button govuk-button--secondary", words);
      button.type = "button";
      button.append(element("span", "govuk-visually-hidden", choice === "both" ? `, one after the other: ${clash.label}` : `: ${clash.label}`));
      button.addEventListener("click", () => this.choose(this.clashes.get(clash.name), choice));
      group.append(button);
    }
    return group;
  }

  choose(clash, choice) {
    if (choice === "both") {
      const both = bothOf(clash, collect(this.form));
      if (both.rows?.length > MOST_ROWS) return this.refuse(clash, TOO_MANY);
      put(this.form, both);
    }
    this.clashes.delete(clash.name);
    this.chosen(clash, choice);
    this.draw();
    (this.panel?.querySelector("button") ?? firstControl(this.form, clash))?.focus();
  }

  refuse(clash, words) {
    const block = this.blocks.get(clash.name);
    const line = block.querySelector("[role=alert]") ?? element("p", "govuk-error-message");
    line.setAttribute("role", "alert");
    block.querySelector(".portal-conflict__pair").before(line);
    line.textContent = words;
  }

  close() {
    this.blocks.clear();
    this.panel?.remove();
    this.panel = null;
  }

  hide(hidden) {
    if (this.panel) this.panel.hidden = hidden;
  }
}

// The other text first, then what stands in the form now.
function bothOf(clash, content) {
  if (clash.rows) {
    const mine = valueAt(content, clash.name) || [];
    return { ...clash, rows: [...clash.rows, ...mine.filter((row) => !clash.rows.some((other) => alike(other, row)))] };
  }
  const join = ([name, theirs]) => [name, `${theirs}\n\n${valueAt(content, name)}`];
  return { ...clash, inputs: Object.fromEntries(Object.entries(clash.inputs).map(join)) };
}

function isWriting(form) {
  const active = document.activeElement;
  return form.contains(active) && active.matches("textarea, input:not([type=radio], [type=checkbox])");
}

function alike(one, other) {
  return Object.keys({ ...one, ...other }).every((key) => (one[key] ?? "") === (other[key] ?? ""));
}

function side(whose, text) {
  const made = element("div", "");
  made.append(element("p", "portal-conflict__whose", whose), element("p", "portal-conflict__text", text || "(empty)"));
  return made;
}

export function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
