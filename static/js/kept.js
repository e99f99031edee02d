// Keeps what somebody typed on a form that is sent by its button.
//
//   <form data-kept data-signed-in="/audits/signed-in/" data-writer="17"> … <p data-kept-line></p>
//
// Before the form is sent it asks who is signed in. Signed out, no connection, or somebody else at this browser: nothing
// is sent, the text stays on the page, and a line says what to do. A second press does nothing while the first is under
// way. Leaving the page with something typed asks first. Nothing is kept in the browser.

import { collect } from "./content.js";

const SIGNED_OUT = "You were signed out. Sign in in another tab, then press the button again: what you typed stays here.";
const NO_CONNECTION = "Not sent: no connection. What you typed stays here. Press the button again in a moment.";
const OUR_SIDE = "Not sent: something went wrong on our side. What you typed stays here. Press the button again in a moment.";
const OTHER_USER = "Not sent: somebody else is signed in, and this text is not theirs.";
const LIMIT = 10000;

class Kept {
  constructor(form) {
    this.form = form;
    this.line = form.querySelector("[data-kept-line]");
    this.before = JSON.stringify(collect(form));
    this.sending = false;
    form.addEventListener("submit", (event) => this.submitting(event));
    window.addEventListener("beforeunload", (event) => this.leaving(event));
    window.addEventListener("pageshow", (event) => event.persisted && (this.sending = false));
  }

  get changed() {
    return this.form.dataset.unsent !== undefined || JSON.stringify(collect(this.form)) !== this.before;
  }

  async submitting(event) {
    event.preventDefault(); // the answer to what is sent may be the sign-in page, and the text would be gone
    if (this.sending) return;
    this.sending = true;
    this.say("");
    const problem = await this.problem();
    if (problem) {
      this.sending = false;
      return this.say(problem);
    }
    this.send(event.submitter);
  }

  async problem() {
    try {
      const signal = AbortSignal.timeout(LIMIT);
      const headers = { Accept: "application/json" };
      const answer = await fetch(this.form.dataset.signedIn, { credentials: "same-origin", cache: "no-store", headers, signal });
      if (answer.status === 401) return SIGNED_OUT;
      if (!answer.ok) return OUR_SIDE;
      const { writer } = await answer.json();
      return String(writer) === this.form.dataset.writer ? "" : this.hide();
    } catch {
      return NO_CONNECTION;
    }
  }

  hide() {
    for (const part of this.form.children) part.hidden = part !== this.line;
    return OTHER_USER;
  }

  send(button) {
    const token = this.form.elements.namedItem("csrfmiddlewaretoken");
    const cookie = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
    if (token && cookie) token.value = cookie.slice("csrftoken=".length); // signing in again has changed it
    if (button?.name) {
      const pressed = document.createElement("input");
      Object.assign(pressed, { type: "hidden", name: button.name, value: button.value });
      this.form.append(pressed);
    }
    HTMLFormElement.prototype.submit.call(this.form);
  }

  say(text) {
    if (!this.line) return;
    this.line.textContent = text;
    this.line.hidden = !text;
    if (text) this.line.scrollIntoView({ block: "nearest" });
  }

  leaving(event) {
    if (!this.sending && this.changed) event.preventDefault();
  }
}

for (const form of document.querySelectorAll("form[data-kept]")) new Kept(form);
