// Saves a page of an audit to the server while somebody types. Nothing is kept in the browser.
//
//   <form data-autosave data-url="…" data-revision="3" data-writer="17" data-writer-name="…" data-writer-url="…" data-unsent>
//     … <p data-saved></p>
//
// Sends {content, base_revision, undecided, chosen} one second after typing pauses and at least every five seconds while it goes
// on. One request at a time, the latest text wins, and a failed one is tried again for ever, at most 30 seconds apart.
// A button of the form saves in the same way first; the form itself is sent only when nothing is left to save.
// The server answers 200 {revision, saved_at, others}, 400 or 413 {message, errors: {name: message}}, 401 or 403 (signed
// out), 403 {closed} (not theirs to change any more), 409 {clashes, others, revision} where two people answered the same
// question differently, or 409 {other_user}. Every refusal may say why in `message`.

import { collect } from "./content.js";
import { Conflict, element } from "./conflict.js";
import { clearErrors, showErrors } from "./field_errors.js";
import { Others } from "./others.js";
import { linkAway } from "./links.js";
import { Cover, HERE, NOBODY, SignedIn, token } from "./signed_in.js";

const PAUSE = 1000;
const LONGEST_WHILE_TYPING = 5000;
const LONGEST_RETRY = 30000;
const REQUEST_LIMIT = 20000;
const LOOK_ROUND = 2000;
const LONGEST_BEFORE_A_LINK = 3000;
const MOST_ON_LEAVING = 60000; // bytes that a browser still sends for a page that is being left
const PRESSED = 10000; // a second press within this time is a double click; after it, the first may have been stopped

const NO_CONNECTION = "Not saved yet: no connection, still trying";
const OUR_SIDE = "Not saved yet: something went wrong on our side, still trying";
const SIGNED_OUT = "You were signed out: sign in in another tab, then this page goes on saving";
const NOT_OPEN = "Not saved: this page can no longer be changed by you. Copy what you typed before you leave.";
const REFUSED = "Not saved yet: see what is marked";
const TOO_LONG = "Not saved: this page is too long. Make it shorter.";
const CHOOSE = "Not all saved yet: two texts for the same question.";

class Autosave {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.url;
    this.revision = Number(form.dataset.revision || 0);
    this.line = form.querySelector("[data-saved]") ?? document.querySelector("[data-saved]");
    this.spoken = this.addSpokenLine();
    this.signedIn = new SignedIn(form);
    this.others = new Others(form, { told: (others) => this.tellOfOthers(others) });
    this.conflict = new Conflict(form, { chosen: (clash, choice) => this.chosen(clash, choice) });
    this.unsaved = false;
    this.stopped = false;
    this.failed = false;
    this.decided = new Set(); // chosen while a save was under way
    this.settled = new Set(); // chosen, and the server does not know it yet
    this.screen = new Cover([form]); // over the page while somebody else is signed in
    this.inFlight = null;
    this.sent = null;
    this.unanswered = null; // sent, and perhaps stored: the answer never came
    this.typingSince = null;
    this.retry = PAUSE;
    form.setAttribute("autocomplete", "off");
    form.addEventListener("input", (event) => event.detail?.put || this.changed());
    form.addEventListener("change", () => this.changed());
    form.addEventListener("submit", (event) => this.submitting(event));
    document.addEventListener("click", (event) => this.following(event));
    document.addEventListener("visibilitychange", () => (document.hidden ? this.saveNow() : this.lookRound()));
    window.addEventListener("focus", () => this.lookRound());
    window.addEventListener("online", () => this.saveNow());
    window.addEventListener("beforeunload", (event) => this.leaving(event));
    window.addEventListener("pageshow", (event) => event.persisted && this.cameBack());
    setInterval(() => this.lookRound(), LOOK_ROUND);
    this.takeOverFromServer();
    if ("unsent" in form.dataset) this.changed(); // what is shown is not what is stored
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
    this.next = PAUSE;
    try {
      if (!this.signedIn.isSure && !(await this.isStillHere())) return;
    } catch {
      return this.tryAgain(NO_CONNECTION); // nothing of the text was sent
    }
    const typed = collect(this.form);
    // Exactly what went unanswered goes first: the server knows it again, and does not take it for somebody else's.
    const packet = this.unanswered ?? this.packet(typed);
    this.sent = JSON.stringify(packet.typed);
    this.unsaved = this.sent !== JSON.stringify(typed);
    this.typingSince = this.unsaved ? Date.now() : null;
    this.next = this.unsaved ? 0 : PAUSE;
    this.say("Saving…", { kind: "waiting" });
    try {
      await this.answered(await this.post(packet.body), packet);
    } catch {
      this.leftUnanswered(packet, NO_CONNECTION);
    }
  }

  // What is sent: what was typed, and what others wrote where it is not shown here yet.
  packet(typed) {
    const content = structuredClone(typed);
    const undecided = [...new Set([...this.others.into(content), ...this.conflict.open])];
    const chosen = [...this.settled];
    const choices = { ...(undecided.length && { undecided }), ...(chosen.length && { chosen }) };
    return { typed, undecided, chosen, body: JSON.stringify({ content, base_revision: this.revision, ...choices }) };
  }

  async isStillHere() {
    const who = await this.signedIn.ask();
    if (who === HERE) {
      this.uncover();
      return true;
    }
    if (who === NOBODY) this.signedOut(SIGNED_OUT);
    else this.cover();
    return false;
  }

  post(body) {
    return fetch(this.url, {
      method: "POST",
      credentials: "same-origin",
      redirect: "manual", // a redirect would be the sign-in page
      keepalive: document.hidden && new Blob([body]).size < MOST_ON_LEAVING,
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "X-CSRFToken": token(this.form),
        ...(this.form.dataset.writer && { "X-Writer": this.form.dataset.writer }),
      },
      body,
      signal: AbortSignal.timeout(REQUEST_LIMIT),
    });
  }

  async answered(response, packet) {
    if (response.ok) return this.saved(await response.json(), packet);
    if (response.status >= 500) return this.leftUnanswered(packet, OUR_SIDE);
    const answer = await jsonOf(response);
    if (response.type === "opaqueredirect") return this.signedOut(SIGNED_OUT);
    if (answer.closed || [404, 410].includes(response.status)) return this.stop(answer.message ?? NOT_OPEN);
    if ([401, 403].includes(response.status)) return this.signedOut(answer.message ?? SIGNED_OUT);
    if (response.status === 413) return this.refused({ ...answer, message: answer.message ?? TOO_LONG });
    if (response.status === 400) return this.refused(answer);
    if (response.status === 409 && answer.other_user) return this.cover();
    if (response.status === 409 && answer.clashes) return this.clashed(answer, packet);
    return this.tryAgain(OUR_SIDE);
  }

  saved({ revision, saved_at: savedAt, others }, packet) {
    this.stored(revision, packet, others ?? []);
    this.decided.clear();
    this.conflict.show([]);
    this.form.dispatchEvent(new Event("saved")); // the page may show what follows from what is stored (judgement.js)
    if (!this.unsaved) this.say(`Saved ${savedAt}`, { kind: "saved" });
  }

  stored(revision, packet, others) {
    this.revision = revision;
    this.unanswered = null;
    this.failed = false;
    const hidden = this.form.elements.namedItem("base_revision");
    if (hidden) hidden.value = String(revision);
    this.retry = PAUSE;
    clearErrors(this.form);
    this.others.forget(packet.undecided);
    packet.chosen.forEach((name) => this.settled.delete(name));
    this.others.take(others, packet.typed);
  }

  refused({ errors, message }) {
    this.unsaved = true;
    this.failed = true;
    this.unanswered = null;
    this.next = this.typingSince === null ? null : PAUSE; // the same text would be refused again: wait for a change
    showErrors(this.form, errors ?? {});
    this.say(message ?? REFUSED, { kind: "problem" });
  }

  // Both texts are kept by the server; what does not clash is saved.
  clashed({ clashes, others, revision }, packet) {
    this.stored(revision, packet, others ?? []);
    this.failed = true;
    const open = clashes.filter((clash) => !this.decided.has(clash.name));
    this.decided.clear();
    this.conflict.show(open);
    if (open.length) this.sayChoose();
  }

  chosen(clash, choice) {
    if (this.inFlight) this.decided.add(clash.name); // its answer knows nothing of the choice
    this.settled.add(clash.name);
    if (choice === "theirs") this.others.take([clash], collect(this.form), { quietly: true });
    this.unsaved = true;
    this.say("Saving…", { kind: "waiting", over: true });
    this.saveIn(0);
  }

  signedOut(message) {
    this.signedIn.doubt();
    this.tryAgain(message);
    if (!this.line || !this.form.dataset.signIn) return;
    const link = element("a", "govuk-link", "Sign in (opens in a new tab)");
    Object.assign(link, { href: this.form.dataset.signIn, target: "_blank", rel: "noopener" });
    this.line.append(" ", link);
  }

  // Somebody else is signed in: hide what was typed, send nothing of it, and ask from time to time who is there.
  cover() {
    this.signedIn.sureOf = null;
    this.unsaved = true;
    this.failed = true;
    this.next = this.retry;
    this.retry = Math.min(LONGEST_RETRY, this.retry * 2);
    if (!this.screen.put()) return;
    this.retry = PAUSE * 2;
    this.conflict.hide(true);
  }

  uncover() {
    if (!this.screen.lift()) return;
    this.conflict.hide(false);
    this.retry = PAUSE;
  }

  // Has somebody signed in, in another tab? Then see who it is before anything more is sent, or shown to them.
  async lookRound() {
    if (this.stopped || this.inFlight || this.looking || !this.signedIn.hasChanged) return;
    if (this.unsaved) return this.saveNow();
    this.looking = true;
    try {
      await this.isStillHere();
    } catch {
      // no connection: the next look finds the same
    } finally {
      this.looking = false;
    }
    if (this.screen.isOn) this.saveIn(this.next);
  }

  stop(message) {
    this.unsaved = true;
    this.failed = true;
    this.stopped = true;
    this.say(message, { kind: "problem" });
  }

  leftUnanswered(packet, message) {
    this.unanswered = packet;
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
    if (this.submitted) return event.preventDefault();
    const field = this.form.elements.namedItem("csrfmiddlewaretoken");
    if (field) field.value = token(this.form); // signing in again, in another tab, has changed it
    if (!this.unsaved && !this.inFlight && !this.conflict.open.length && this.signedIn.isSure) {
      this.submitted = true;
      setTimeout(() => (this.submitted = false), PRESSED);
      return;
    }
    event.preventDefault(); // the answer to a form that is sent may be the sign-in page, and the text would be gone
    if (this.finishing) return;
    this.finishing = true;
    await this.finish();
    this.finishing = false;
    if (this.conflict.open.length) return this.conflict.lookAt();
    if (this.unsaved) return this.line?.scrollIntoView({ block: "nearest" });
    this.form.requestSubmit(event.submitter);
  }

  async finish() {
    await this.inFlight;
    if (!this.signedIn.isSure) this.unsaved = true; // ask, before the form is sent under another name
    do {
      this.saveNow();
      await this.inFlight;
    } while (this.unsaved && !this.failed);
    if (!this.unsaved) clearTimeout(this.timer);
  }

  // A link that leaves the page: what was typed is saved first, so that nobody is asked whether they mean to leave.
  async following(event) {
    const link = linkAway(event);
    if (!link || (!this.unsaved && !this.inFlight)) return;
    event.preventDefault();
    await Promise.race([this.finish(), new Promise((over) => setTimeout(over, LONGEST_BEFORE_A_LINK))]);
    window.location.assign(link.href); // where something is still unsaved, the browser asks now
  }

  // Back to a page that the browser kept: what is not saved yet is still there; otherwise the page may be old.
  cameBack() {
    this.submitted = false;
    if (this.unsaved || this.conflict.open.length) return this.saveNow();
    this.submitted = true; // leave it without a warning
    window.location.reload();
  }

  leaving(event) {
    if ((this.unsaved || this.inFlight || this.conflict.open.length) && !this.submitted) event.preventDefault();
  }

  // The server has shown the clashes of a form sent without the script: go on with them here.
  takeOverFromServer() {
    const told = this.form.querySelector("#clashes");
    if (!told) return;
    const clashes = JSON.parse(told.textContent);
    const shown = this.form.querySelector("[data-conflict]");
    this.conflict.leftOpen = "leftOpen" in shown.dataset;
    shown.remove();
    this.conflict.show(clashes);
    this.sayChoose();
  }

  sayChoose() {
    this.say(CHOOSE, { kind: "problem" });
    if (!this.line) return;
    const button = element("button", "portal-link-button", "Choose which to keep");
    button.type = "button";
    button.addEventListener("click", () => this.conflict.lookAt());
    this.line.append(" ", button);
  }

  tellOfOthers(others) {
    const who = [...new Set(others.map((other) => other.by).filter(Boolean))].join(" and ") || "Somebody else";
    const text = `${who} also changed on this page: ${others.map((other) => other.label).join("; ")}. Both are kept.`;
    this.told ??= this.addLine();
    this.told.textContent = text;
    this.spoken.textContent = text;
  }

  addLine() {
    const line = element("p", "portal-save-foot__others");
    line.dataset.others = "";
    this.line?.after(line);
    return line;
  }

  say(text, { kind, over = false }) {
    if (kind === "waiting" && this.line?.dataset.kind === "problem" && !over) return; // stays until it is saved
    if (this.line) {
      this.line.textContent = text;
      this.line.dataset.kind = kind;
    }
    // Read aloud only when something goes wrong and when it is right again, not at every save.
    if (kind === "problem" || (kind === "saved" && this.spoken.textContent)) this.spoken.textContent = text;
  }

  addSpokenLine() {
    const spoken = element("div", "govuk-visually-hidden");
    spoken.setAttribute("role", "status");
    this.form.append(spoken);
    return spoken;
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
