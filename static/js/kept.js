// Keeps what somebody typed on a form that is sent by its button.
//
//   <form data-kept data-writer="17" data-writer-name="…" data-writer-url="/audits/signed-in/"> … <p data-kept-line></p>
//
// Before the form is sent it asks who is signed in. Signed out, no connection, or an answer that something went wrong:
// the text stays on the page, and a line says what to do. While somebody else is signed in the forms are hidden; they
// come back with the person who opened the page. A second press does nothing while the first is under way. Leaving the
// page with something typed asks first. Nothing is kept in the browser.
//
// The server (auditportal/kept_forms.py) answers 200 {to} where it would lead on, 401 signed out, 409 {other_user}, or
// 403 {message}. A page as an answer is the form again, with what is wrong: nothing was saved, so that it can be sent
// once more in the ordinary way. What is sent again because no answer came bears the same number, and is done once.

import { collect } from "./content.js";
import { Cover, HERE, NOBODY, SignedIn, SOMEBODY_ELSE, token } from "./signed_in.js";

const KEPT = "What you typed stays here.";
const SENDING = "Sending…";
const SIGNED_OUT = `You were signed out. Sign in in another tab, then press the button again: ${KEPT.toLowerCase()}`;
const NO_CONNECTION = `Not sent: no connection. ${KEPT} Press the button again in a moment.`;
const NO_ANSWER = `No answer came. ${KEPT} Press the button again in a moment: it is not done twice.`;
const OUR_SIDE = `Not sent: something went wrong on our side. ${KEPT} Press the button again in a moment.`;
const REFUSED = `Not sent: you cannot do this now. ${KEPT} Copy it before you leave.`;
const GONE = `Not sent: this is not there any more, or not yours any more. ${KEPT} Copy it before you leave.`;
const NOT_UNDERSTOOD = `Not sent: something went wrong. ${KEPT} Press the button again in a moment; make it shorter if it is very long.`;
const TOO_LONG = `Not sent: it is too long. ${KEPT} Make it shorter, then press the button again.`;
const LIMIT = 30000;
const PRESSED = 10000; // a second press within this time is a double click; after it, leaving may have been stopped
const BEFORE_SENDING_IS_SAID = 800;
const LOOK_ROUND = 2000;

// Who is here, for all the forms of a page.
class Person {
  constructor(forms) {
    this.signedIn = new SignedIn(forms[0]);
    this.cover = new Cover(forms);
    window.addEventListener("focus", () => this.lookRound());
    setInterval(() => this.lookRound(), LOOK_ROUND);
  }

  // HERE, NOBODY or SOMEBODY_ELSE. Throws when there is no connection or no sensible answer.
  async ask() {
    const who = await this.signedIn.ask();
    if (who === SOMEBODY_ELSE) this.cover.put();
    if (who === HERE) this.cover.lift();
    return who;
  }

  // Has somebody signed in, in another tab? Then see who it is before they see what was typed.
  async lookRound() {
    if (this.looking || !this.signedIn.hasChanged) return;
    this.looking = true;
    try {
      await this.ask();
    } catch {
      // no connection: the next look finds the same
    } finally {
      this.looking = false;
    }
  }
}

class Kept {
  constructor(form, person) {
    this.form = form;
    this.person = person;
    this.line = form.querySelector("[data-kept-line]");
    this.before = JSON.stringify(collect(form));
    this.sending = false;
    this.sent = {}; // what was sent last, and its number
    form.addEventListener("submit", (event) => this.submitting(event));
    window.addEventListener("beforeunload", (event) => this.leaving(event));
    window.addEventListener("pageshow", (event) => event.persisted && this.cameBack());
  }

  get changed() {
    return this.form.dataset.unsent !== undefined || JSON.stringify(collect(this.form)) !== this.before;
  }

  async submitting(event) {
    event.preventDefault(); // the answer to what is sent may be the sign-in page, and the text would be gone
    if (this.sending) return;
    this.sending = true;
    this.say("");
    const soon = setTimeout(() => this.say(SENDING, "waiting"), BEFORE_SENDING_IS_SAID);
    const problem = await this.send(event.submitter);
    clearTimeout(soon);
    if (problem === null) return setTimeout(() => this.stayed(), PRESSED); // the page is being left
    this.sending = false;
    this.say(problem);
  }

  // What went wrong, in words (none where the form is covered); null where it went well, and another page comes.
  async send(button) {
    try {
      const who = await this.person.ask();
      if (who !== HERE) return who === NOBODY ? SIGNED_OUT : "";
    } catch (error) {
      return error instanceof TypeError || error.name === "TimeoutError" ? NO_CONNECTION : OUR_SIDE;
    }
    try {
      return await this.answered(await this.post(button), button);
    } catch {
      return NO_ANSWER;
    }
  }

  post(button) {
    const field = this.form.elements.namedItem("csrfmiddlewaretoken");
    if (field) field.value = token(this.form); // signing in again has changed it
    const body = new FormData(this.form);
    if (button?.name) body.append(button.name, button.value);
    return fetch(this.form.getAttribute("action") || window.location.href, {
      method: "POST",
      credentials: "same-origin",
      redirect: "manual",
      headers: { "X-Kept": this.numberOf(body), "X-Writer": this.form.dataset.writer },
      body,
      signal: AbortSignal.timeout(LIMIT),
    });
  }

  // The same as before, because no answer came, has the same number.
  numberOf(body) {
    const values = [...body].filter(([name]) => name !== "csrfmiddlewaretoken");
    const what = JSON.stringify(values.map(([name, value]) => [name, value.name ?? value, value.lastModified, value.size]));
    if (this.sent.what !== what) this.sent = { what, number: `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}` };
    return this.sent.number;
  }

  async answered(answer, button) {
    const isPage = answer.headers.get("Content-Type")?.startsWith("text/html");
    if (isPage && (answer.ok || answer.status === 409)) return this.submit(button);
    const { to, message, other_user: otherUser } = isPage ? {} : await answer.json();
    if (answer.ok && to) return goTo(to);
    if (otherUser) return this.covered();
    if (answer.status === 401) return SIGNED_OUT;
    if (answer.status === 403) return message ? `Not sent: ${message} ${KEPT} Copy it before you leave.` : REFUSED;
    if ([404, 410].includes(answer.status)) return GONE;
    if (answer.status === 400) return NOT_UNDERSTOOD;
    return answer.status === 413 ? TOO_LONG : OUR_SIDE;
  }

  covered() {
    this.person.cover.put();
    return "";
  }

  submit(button) {
    if (button?.name) {
      const pressed = document.createElement("input");
      Object.assign(pressed, { type: "hidden", name: button.name, value: button.value });
      this.form.append(pressed);
    }
    HTMLFormElement.prototype.submit.call(this.form);
    return null;
  }

  say(text, kind = "problem") {
    if (!this.line) return;
    this.line.textContent = text;
    this.line.dataset.kind = kind;
    this.line.hidden = !text;
    if (text) this.line.scrollIntoView({ block: "nearest" });
  }

  // Another form of the page asked before it was left, and the answer was to stay.
  stayed() {
    this.sending = false;
    this.say("");
  }

  cameBack() {
    this.sending = false;
    this.sent = {};
  }

  leaving(event) {
    if (!this.sending && this.changed) event.preventDefault();
  }
}

function goTo(address) {
  const to = new URL(address, window.location.href);
  const isHere = to.pathname === window.location.pathname && to.search === window.location.search;
  if (isHere && to.hash) {
    window.history.replaceState(null, "", `${to.pathname}?sent`); // or it would only move to the place on this page
    window.location.replace(to);
  } else {
    window.location.assign(to);
  }
  return null;
}

const forms = [...document.querySelectorAll("form[data-kept]")];
const person = forms.length ? new Person(forms) : null;
for (const form of forms) new Kept(form, person);
