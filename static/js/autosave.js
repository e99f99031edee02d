// Saves a page of an audit to the server while somebody types. Nothing is kept in the browser.
//
//   <form data-autosave data-url="…" data-revision="3" data-writer="17"> … <p data-saved></p>
//
// Sends {content, base_revision} one second after typing pauses and at least every five seconds while it goes on.
// One request at a time, the latest text wins, and a failed one is tried again for ever, at most 30 seconds apart.
// A button of the form saves in the same way first; the form itself is sent only when nothing is left to save.
// The server answers 200 {revision, saved_at}, 400 or 413 {message, errors: {name: message}}, 401 or 403 (signed out),
// 403 {closed} (not theirs to change any more), 409 {revision, content} when the page was changed elsewhere,
// or 409 {other_user} when somebody else signed in. Every refusal may say why in `message`.

import { collect } from "./content.js";
import { hideFromSomebodyElse, showConflict } from "./conflict.js";
import { clearErrors, showErrors } from "./field_errors.js";

const PAUSE = 1000;
const LONGEST_WHILE_TYPING = 5000;
const LONGEST_RETRY = 30000;
const REQUEST_LIMIT = 20000;

const NO_CONNECTION = "Not saved yet: no connection, still trying";
const OUR_SIDE = "Not saved yet: something went wrong on our side, still trying";
const SIGNED_OUT = "You were signed out: sign in in another tab, then this page goes on saving";
const NOT_OPEN = "Not saved: this page can no longer be changed by you. Copy what you typed before you leave.";
const REFUSED = "Not saved yet: see what is marked";
const OTHER_USER = "Not saved: somebody else is signed in";
const CHANGED_ELSEWHERE = "Not saved: this page was changed in another window";

class Autosave {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.url;
    this.revision = Number(form.dataset.revision || 0);
    this.line = form.querySelector("[data-saved]") ?? document.querySelector("[data-saved]");
    this.spoken = this.addSpokenLine();
    this.unsaved = false;
    this.stopped = false;
    this.failed = false;
    this.inFlight = null;
    this.sent = null;
    this.unanswered = null; // sent, and perhaps stored: the answer never came
    this.typingSince = null;
    this.retry = PAUSE;
    form.setAttribute("autocomplete", "off");
    form.addEventListener("input", () => this.changed());
    form.addEventListener("change", () => this.changed());
    form.addEventListener("submit", (event) => this.submitting(event));
    document.addEventListener("visibilitychange", () => document.hidden && this.saveNow());
    window.addEventListener("online", () => this.saveNow());
    window.addEventListener("beforeunload", (event) => this.leaving(event));
    window.addEventListener("pageshow", (event) => event.persisted && this.reload());
  }

  changed() {
    if (this.stopped) return;
    if (!this.unsaved && this.sent === JSON.stringify(collect(this.form))) return; // a field was left as it was sent
    this.unsaved = true;
    this.typingSince ??= Date.now();
    this.say("Not saved yet", { kind: "waiting" });
    this.saveIn(Math.min(PAUSE, Math.max(0, this.typingSince + LONGEST_WHILE_TYPING - Date.now())));
  }

  saveIn(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.saveNow(), milliseconds);
  }

  saveNow() {
    if (!this.unsaved || this.stopped || this.inFlight) return;
    clearTimeout(this.timer);
    this.inFlight = this.send().finally(() => {
      this.inFlight = null;
      if (this.unsaved && !this.stopped && this.next !== null) this.saveIn(this.next);
    });
  }

  async send() {
    const typed = collect(this.form);
    // Exactly what went unanswered goes first: the server knows it again, and does not take it for somebody else's.
    const content = this.unanswered ?? typed;
    this.sent = JSON.stringify(content);
    this.unsaved = this.sent !== JSON.stringify(typed);
    this.typingSince = this.unsaved ? Date.now() : null;
    this.next = this.unsaved ? 0 : PAUSE;
    this.say("Saving…", { kind: "waiting" });
    try {
      await this.answered(await this.post(content), content);
    } catch {
      this.leftUnanswered(content, NO_CONNECTION);
    }
  }

  post(content) {
    return fetch(this.url, {
      method: "POST",
      credentials: "same-origin",
      redirect: "manual", // a redirect would be the sign-in page
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "X-CSRFToken": this.token(),
        ...(this.form.dataset.writer && { "X-Writer": this.form.dataset.writer }),
      },
      body: JSON.stringify({ content, base_revision: this.revision }),
      signal: AbortSignal.timeout(REQUEST_LIMIT),
    });
  }

  async answered(response, content) {
    if (response.ok) return this.saved(await response.json());
    if (response.status >= 500) return this.leftUnanswered(content, OUR_SIDE);
    const answer = await jsonOf(response);
    if (response.type === "opaqueredirect") return this.tryAgain(SIGNED_OUT);
    if (answer.closed || [404, 410].includes(response.status)) return this.stop(answer.message ?? NOT_OPEN);
    if ([401, 403].includes(response.status)) return this.tryAgain(answer.message ?? SIGNED_OUT);
    if ([400, 413].includes(response.status)) return this.refused(answer);
    if (response.status === 409 && answer.other_user) return this.somebodyElse(answer.message ?? OTHER_USER);
    if (response.status === 409) return this.changedElsewhere(answer);
    return this.tryAgain(OUR_SIDE);
  }

  saved({ revision, saved_at: savedAt }) {
    this.revision = revision;
    this.unanswered = null;
    this.failed = false;
    const hidden = this.form.elements.namedItem("base_revision");
    if (hidden) hidden.value = String(revision);
    this.retry = PAUSE;
    clearErrors(this.form);
    if (!this.unsaved) this.say(`Saved ${savedAt}`, { kind: "saved" });
  }

  refused({ errors, message }) {
    this.unsaved = true;
    this.failed = true;
    this.unanswered = null;
    this.next = this.typingSince === null ? null : PAUSE; // the same text would be refused again: wait for a change
    showErrors(this.form, errors ?? {});
    this.say(message ?? REFUSED, { kind: "problem" });
  }

  changedElsewhere({ message, content }) {
    this.stop(message ?? CHANGED_ELSEWHERE);
    showConflict(this.form, { typed: collect(this.form), saved: content ?? {} });
  }

  somebodyElse(message) {
    this.stop(message);
    hideFromSomebodyElse(this.form, message);
  }

  stop(message) {
    this.unsaved = true;
    this.failed = true;
    this.stopped = true;
    this.say(message, { kind: "problem" });
  }

  leftUnanswered(content, message) {
    this.unanswered = content;
    this.tryAgain(message);
  }

  tryAgain(message) {
    this.unsaved = true;
    this.failed = true;
    this.next = this.retry;
    this.retry = Math.min(LONGEST_RETRY, this.retry * 2);
    this.say(message, { kind: "problem" });
  }

  async submitting(event) {
    const token = this.form.elements.namedItem("csrfmiddlewaretoken");
    if (token) token.value = this.token(); // signing in again, in another tab, has changed it
    if (!this.unsaved && !this.inFlight) {
      this.submitted = true;
      return;
    }
    event.preventDefault(); // the answer to a form that is sent may be the sign-in page, and the text would be gone
    if (this.finishing) return;
    this.finishing = true;
    await this.finish();
    this.finishing = false;
    if (this.unsaved) return this.line?.scrollIntoView({ block: "nearest" });
    this.form.requestSubmit(event.submitter);
  }

  async finish() {
    await this.inFlight;
    do {
      this.saveNow();
      await this.inFlight;
    } while (this.unsaved && !this.failed);
    if (!this.unsaved) clearTimeout(this.timer);
  }

  reload() {
    this.submitted = true; // what the browser kept of a page that was left is old: leave it without a warning
    window.location.reload();
  }

  leaving(event) {
    if ((this.unsaved || this.inFlight) && !this.submitted) event.preventDefault();
  }

  say(text, { kind }) {
    if (kind === "waiting" && this.line?.dataset.kind === "problem") return; // stays until it is saved
    if (this.line) {
      this.line.textContent = text;
      this.line.dataset.kind = kind;
    }
    // Read aloud only when something goes wrong and when it is right again, not at every save.
    if (kind === "problem" || (kind === "saved" && this.spoken.textContent)) this.spoken.textContent = text;
  }

  addSpokenLine() {
    const spoken = document.createElement("div");
    spoken.className = "govuk-visually-hidden";
    spoken.setAttribute("role", "status");
    this.form.append(spoken);
    return spoken;
  }

  token() {
    const cookie = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
    return cookie ? cookie.slice("csrftoken=".length) : (this.form.elements.csrfmiddlewaretoken?.value ?? "");
  }
}

async function jsonOf(response) {
  try {
    return (await response.json()) ?? {};
  } catch {
    return {}; // a page, for people
  }
}

for (const form of document.querySelectorAll("form[data-autosave]")) new Autosave(form);
