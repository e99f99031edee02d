// Turns a form's fields into the content that the server keeps, and puts what the server says back into them.
//
//   answers__S1-01        -> content.answers["S1-01"]
//   household__0__name    -> content.household[0].name
//   grade                 -> content.grade
//
// As in a posted form, radios without a choice and boxes without a tick are left out.
// Several values of one name become a list.

const NOT_CONTENT = new Set(["csrfmiddlewaretoken", "base_revision", "next", "undecided"]);
let rowsMade = 1000; // far above the numbers of the rows that came with the page: numbers may have gaps

export function collect(form) {
  const content = {};
  const posted = new FormData(form);
  for (const name of new Set(posted.keys())) {
    const values = posted.getAll(name).filter((value) => typeof value === "string");
    if (NOT_CONTENT.has(name) || name.startsWith("choice__") || !values.length) continue;
    set(content, name.split("__"), values.length > 1 ? values : values[0]);
  }
  return withoutHoles(content);
}

export function valueAt(content, name) {
  const value = name.split("__").reduce((inner, key) => inner?.[key], content);
  return value ?? "";
}

export function setAt(content, name, value) {
  set(content, name.split("__"), value);
}

// What somebody else wrote: {name, inputs: {name: value}, rows}. Whether it could be put into the form.
export function put(form, { name, inputs, rows }) {
  if (rows) return putRows(form, name, rows);
  const controls = Object.keys(inputs).map((each) => form.elements.namedItem(each));
  if (controls.some((control) => !control)) return false;
  Object.values(inputs).forEach((value, place) => putValue(controls[place], value));
  return true;
}

export function firstControl(form, { name, inputs, rows }) {
  if (rows) return form.querySelector(`[data-rows="${CSS.escape(name)}"] input`);
  const control = form.elements.namedItem(Object.keys(inputs)[0]);
  return control instanceof RadioNodeList ? ([...control].find((radio) => radio.checked) ?? control[0]) : control;
}

function putValue(control, value) {
  if (control instanceof RadioNodeList) {
    for (const radio of control) radio.checked = radio.value === value;
    tell(control[0]);
  } else if (control.type === "checkbox" || control.type === "radio") {
    control.checked = control.value === value;
    tell(control);
  } else {
    control.value = value;
    if (value) open(control);
    tell(control);
  }
}

// What is folded away until somebody writes in it is shown when there is something to read.
function open(control) {
  const box = control.closest("[data-comment-box]");
  if (box) {
    box.hidden = false;
    document.querySelector(`[aria-controls="${CSS.escape(box.id)}"]`)?.setAttribute("aria-expanded", "true");
  }
  control.closest("details")?.setAttribute("open", "");
}

function tell(control) {
  const event = new CustomEvent("input", { bubbles: true, detail: { put: true } });
  control.dispatchEvent(event); // counts of words and the like follow
}

function putRows(form, name, rows) {
  const group = form.querySelector(`[data-rows="${CSS.escape(name)}"]`);
  const list = group?.querySelector("[data-row-list]");
  const blank = group?.querySelector("template");
  if (!list || !blank) return false;
  list.replaceChildren(...rows.map((row, place) => rowOf(blank, name, row, place + 1)));
  return true;
}

function rowOf(blank, name, values, place) {
  const made = document.createElement("div");
  const number = String(rowsMade++);
  made.innerHTML = blank.innerHTML.replaceAll("__new__", number);
  const row = made.firstElementChild;
  for (const words of row.querySelectorAll("[data-row-number]")) words.textContent = String(place);
  for (const input of row.querySelectorAll("input")) input.value = values[input.name.slice(`${name}__${number}__`.length)] ?? "";
  return row;
}

function set(target, path, value) {
  const [key, next] = path;
  if (next === undefined) {
    target[key] = value;
    return;
  }
  if (!Object.hasOwn(target, key)) target[key] = /^\d+$/.test(next) ? [] : {};
  set(target[key], path.slice(1), value);
}

function withoutHoles(value) {
  if (Array.isArray(value)) return value.filter((row) => row !== undefined).map(withoutHoles);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutHoles(inner)]));
}
