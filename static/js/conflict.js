// Shows what was typed here beside what was saved elsewhere, so that nothing is lost before the page is reloaded.
// Hides what was typed when somebody else is signed in by now.

export function showConflict(form, { typed, saved }) {
  const panel = document.createElement("section");
  panel.className = "portal-conflict";
  panel.setAttribute("role", "alert");
  panel.append(
    element("h2", "govuk-heading-m", "This page was changed in another window"),
    element("p", "govuk-body", "What you typed here is not saved. Copy what you want to keep, then reload the page to go on with the saved text."),
    ...differences(typed, saved).map(pair),
    reloadLink(),
  );
  form.before(panel);
  panel.scrollIntoView({ block: "start" });
}

export function hideFromSomebodyElse(form, message) {
  const panel = element("section", "portal-conflict", "");
  panel.setAttribute("role", "alert");
  panel.append(element("h2", "govuk-heading-m", "Somebody else is signed in"), element("p", "govuk-body", message));
  form.before(panel);
  form.hidden = true;
  panel.scrollIntoView({ block: "start" });
}

function differences(typed, saved, path = []) {
  const keys = [...new Set([...Object.keys(typed ?? {}), ...Object.keys(saved ?? {})])];
  return keys.flatMap((key) => {
    const [mine, theirs] = [typed?.[key], saved?.[key]];
    if (isTree(mine) || isTree(theirs)) return differences(mine, theirs, [...path, key]);
    if (same(mine, theirs)) return [];
    return [{ name: [...path, key].join(", "), mine: shown(mine), theirs: shown(theirs) }];
  });
}

function pair({ name, mine, theirs }) {
  const block = element("div", "portal-conflict__pair", "");
  block.append(
    element("h3", "govuk-heading-s", name.replaceAll("_", " ")),
    element("p", "portal-conflict__whose", "Typed here"),
    element("p", "portal-conflict__text", mine),
    element("p", "portal-conflict__whose", "Saved in the other window"),
    element("p", "portal-conflict__text", theirs),
  );
  return block;
}

function reloadLink() {
  const line = element("p", "govuk-body", "");
  const link = element("a", "govuk-link", "Reload this page");
  link.href = window.location.pathname + window.location.search;
  line.append(link);
  return line;
}

function isTree(value) {
  return value !== null && typeof value === "object";
}

function same(mine, theirs) {
  return (mine ?? "") === (theirs ?? "");
}

function shown(value) {
  return value === undefined || value === null || value === "" ? "(empty)" : String(value);
}

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
