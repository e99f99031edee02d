// Says whether the person who opened this page is still the one who is signed in, before anything of theirs is sent,
// and hides what they typed while it is somebody else.
//
//   <form data-writer="17" data-writer-name="…" data-writer-url="…">
//
// Signing in changes the token in a cookie: only when that has changed, or the server said that nobody is signed in,
// has it to be asked who is there. The question carries nothing of what was typed.

import { element } from "./conflict.js";

const LIMIT = 10000;

export const HERE = "here";
export const NOBODY = "nobody";
export const SOMEBODY_ELSE = "somebody else";

export class SignedIn {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.writerUrl;
    this.sureOf = token(form);
    this.askedOf = null; // the token with which the last answer came
  }

  get isSure() {
    return !this.url || this.sureOf === token(this.form);
  }

  // Whether somebody has signed in since it was last asked.
  get hasChanged() {
    return !this.isSure && this.askedOf !== token(this.form);
  }

  doubt() {
    this.askedOf = token(this.form);
    this.sureOf = null;
  }

  // HERE, NOBODY or SOMEBODY_ELSE. Throws when there is no connection or no sensible answer.
  async ask() {
    const before = token(this.form);
    const answer = await fetch(this.url, {
      credentials: "same-origin",
      cache: "no-store",
      redirect: "manual",
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(LIMIT),
    });
    if (answer.status === 401 || answer.type === "opaqueredirect") return this.is(NOBODY, before);
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    const { writer } = await answer.json();
    if (String(writer) !== this.form.dataset.writer) return this.is(SOMEBODY_ELSE, before);
    this.sureOf = before;
    return this.is(HERE, before);
  }

  is(who, before) {
    this.askedOf = before;
    return who;
  }
}

// Covers the forms of a page while somebody else is signed in, until the person who opened it is back.
export class Cover {
  constructor(forms) {
    this.forms = forms;
    this.panel = null;
  }

  get isOn() {
    return this.panel !== null;
  }

  // Whether it was not there before.
  put() {
    if (this.isOn) return false;
    const [first] = this.forms;
    this.panel = hiddenPanel(first.dataset.writerName);
    first.before(this.panel);
    for (const form of this.forms) form.hidden = true;
    this.panel.scrollIntoView({ block: "start" });
    return true;
  }

  // Whether it was there before.
  lift() {
    if (!this.isOn) return false;
    this.panel.remove();
    this.panel = null;
    for (const form of this.forms) form.hidden = false;
    return true;
  }
}

function hiddenPanel(name) {
  const panel = element("section", "portal-conflict");
  panel.setAttribute("role", "alert");
  const words = `This page was opened by ${name || "another person"}. What they typed is hidden and was not sent. It comes back here when they sign in again in another tab. Leave this tab open until then.`;
  panel.append(element("h2", "govuk-heading-m", "Somebody else is signed in"), element("p", "govuk-body", words));
  return panel;
}

// The token as it is now: signing in, in another tab, changes it.
export function token(form) {
  const cookie = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
  return cookie ? cookie.slice("csrftoken=".length) : (form.elements.namedItem("csrfmiddlewaretoken")?.value ?? "");
}
