// What somebody else wrote on the page meanwhile goes into the boxes that the person here has not touched since.
//
// Never into the box with the cursor in it: that waits until it is left. What cannot be shown yet is still sent as they
// wrote it, so that nothing of theirs is written over by a box that does not show it. Where the person here has typed
// in such a box after all, the question is undecided: the server answers with both texts, for a choice.

import { collect, firstControl, put, setAt, valueAt } from "./content.js";

export class Others {
  constructor(form, { told }) {
    this.form = form;
    this.told = told;
    this.waiting = new Map(); // name -> {other, was}
    form.addEventListener("focusout", () => setTimeout(() => this.show()));
  }

  // `sent`: what the form said when it was sent, to see what was touched since.
  take(others, sent, { quietly = false } = {}) {
    for (const other of others) this.waiting.set(other.name, { other, was: said(sent, other) });
    this.show();
    if (others.length && !quietly) this.told(others);
  }

  show() {
    const now = collect(this.form);
    for (const [name, { other, was }] of this.waiting) {
      if (said(now, other) !== was || this.hasCursor(other)) continue;
      if (put(this.form, other)) this.waiting.delete(name);
    }
  }

  // The content as it is to be sent, and the questions at which the two sides differ by now.
  into(content) {
    const undecided = [];
    for (const [name, { other, was }] of this.waiting) {
      if (said(content, other) !== was) undecided.push(name);
      else if (other.rows) setAt(content, name, other.rows);
      else for (const [input, value] of Object.entries(other.inputs)) setAt(content, input, value);
    }
    return undecided;
  }

  forget(names) {
    for (const name of names) this.waiting.delete(name);
  }

  hasCursor(other) {
    const active = document.activeElement;
    if (!active || !this.form.contains(active) || !document.hasFocus()) return false;
    if (other.rows) return active.closest("[data-rows]")?.dataset.rows === other.name;
    return Object.hasOwn(other.inputs, active.name) && firstControl(this.form, other)?.type !== "radio";
  }
}

function said(content, { name, inputs, rows }) {
  const values = rows ? valueAt(content, name) || [] : Object.keys(inputs).map((input) => valueAt(content, input));
  return JSON.stringify(rows ? filled(values) : values);
}

// A row in which nothing was typed is no row.
function filled(rows) {
  return Array.isArray(rows) ? rows.filter((row) => Object.values(row).some((value) => value)) : rows;
}
