// Saves a page of an audit to the server while somebody types. Nothing is kept in the browser.
//
//   <form data-autosave data-url="…" data-revision="3"> … <p data-saved></p>
//
// Sends {content, base_revision} one second after typing pauses and at least every five seconds while it goes on.
// One request at a time, the latest text wins, and a failed one is tried again for ever, at most 30 seconds apart.
// The server answers 200 {revision, saved_at}, 400 {errors: {name: message}}, 401 or 403 (signed out),
// or 409 {revision, content} when the page was changed elsewhere.

import { collect } from "./content.js";
import { showConflict } from "./conflict.js";
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
    this.inFlight = null;
    this.typingSince = null;
    this.retry = PAUSE;
    form.setAttribute("autocomplete", "off");
    form.addEventListener("input", () => this.changed());
    form.addEventListener("change", () => this.changed());
    form.addEventListener("submit", (event) => this.submitting(event));
    document.addEventListener("visibilitychange", () => document.hidden && this.saveNow());
    window.addEventListener("online", () => this.saveNow());
    window.addEventListener("beforeunload", (event) => this.leaving(event));
  }

  changed() {
    if (this.stopped) return;
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
    const content = collect(this.form);
    this.unsaved = false;
    this.typingSince = null;
    this.next = PAUSE;
    this.say("Saving…", { kind: "waiting" });
    try {
      await this.answered(await this.post(content), content);
    } catch {
      this.tryAgain(NO_CONNECTION);
    }
  }

  post(content) {
    return fetch(this.url, {
      method: "POST",
      credentials: "same-origin",
      redirect: "manual", // a redirect would be the sign-in page
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.token() },
      body: JSON.stringify({ content, base_revision: this.revision }),
      signal: AbortSignal.timeout(REQUEST_LIMIT),
    });
  }

  async answered(response, content) {
    const signedOut = response.type === "opaqueredirect" || response.status === 401 || response.status === 403;
    if (response.ok) return this.saved(await response.json());
    if (signedOut) return this.tryAgain(await messageOf(response, SIGNED_OUT));
    if (response.status === 400) return this.refused(await response.json());
    if (response.status === 409) return this.changedElsewhere(await response.json(), content);
    if (response.status === 404 || response.status === 410) return this.stop(await messageOf(response, NOT_OPEN));
    return this.tryAgain(OUR_SIDE);
  }

  saved({ revision, saved_at: savedAt }) {
    this.revision = revision;
    const hidden = this.form.elements.namedItem("base_revision");
    if (hidden) hidden.value = String(revision);
    this.retry = PAUSE;
    clearErrors(this.form);
    if (!this.unsaved) this.say(`Saved ${savedAt}`, { kind: "saved" });
  }

  refused({ errors, message }) {
    this.unsaved = true;
    this.next = this.typingSince === null ? null : PAUSE; // the same text would be refused again: wait for a change
    showErrors(this.form, errors ?? {});
    this.say(message ?? REFUSED, { kind: "problem" });
  }

  changedElsewhere(answer, content) {
    this.unsaved = true;
    this.stop(answer.message ?? CHANGED_ELSEWHERE);
    showConflict(this.form, { typed: content, saved: answer.content ?? {} });
  }

  stop(message) {
    this.unsaved = true;
    this.stopped = true;
    this.say(message, { kind: "problem" });
  }

  tryAgain(message) {
    this.unsaved = true;
    this.next = this.retry;
    this.retry = Math.min(LONGEST_RETRY, this.retry * 2);
    this.say(message, { kind: "problem" });
  }

  async submitting(event) {
    this.submitted = true;
    clearTimeout(this.timer);
    if (!this.inFlight) return;
    event.preventDefault(); // let the save that is under way finish first, so that the revision is right
    await this.inFlight;
    clearTimeout(this.timer);
    this.form.requestSubmit(event.submitter);
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

async function messageOf(response, otherwise) {
  try {
    return (await response.json()).message ?? otherwise;
  } catch {
    return otherwise;
  }
}

for (const form of document.querySelectorAll("form[data-autosave]")) new Autosave(form);
