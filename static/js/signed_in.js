// Says whether the person who opened this page is still the one who is signed in, before anything of theirs is sent.
//
// Signing in changes the token in a cookie: only when that has changed, or the server said that nobody is signed in,
// has it to be asked who is there. The question carries nothing of what was typed.

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

// The token as it is now: signing in, in another tab, changes it.
export function token(form) {
  const cookie = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
  return cookie ? cookie.slice("csrftoken=".length) : (form.elements.namedItem("csrfmiddlewaretoken")?.value ?? "");
}
