// Turns a form's fields into the content that the server keeps: the same names and values that the form itself posts.
//
//   answers__S1-01        -> content.answers["S1-01"]
//   household__0__name    -> content.household[0].name
//   grade                 -> content.grade
//
// As in a posted form, radios without a choice and boxes without a tick are left out.
// Several values of one name become a list.

const NOT_CONTENT = new Set(["csrfmiddlewaretoken", "base_revision", "next"]);

export function collect(form) {
  const content = {};
  const posted = new FormData(form);
  for (const name of new Set(posted.keys())) {
    const values = posted.getAll(name).filter((value) => typeof value === "string");
    if (NOT_CONTENT.has(name) || !values.length) continue;
    put(content, name.split("__"), values.length > 1 ? values : values[0]);
  }
  return withoutHoles(content);
}

function put(target, path, value) {
  const [key, next] = path;
  if (next === undefined) {
    target[key] = value;
    return;
  }
  if (!Object.hasOwn(target, key)) target[key] = /^\d+$/.test(next) ? [] : {};
  put(target[key], path.slice(1), value);
}

function withoutHoles(value) {
  if (Array.isArray(value)) return value.filter((row) => row !== undefined).map(withoutHoles);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutHoles(inner)]));
}
