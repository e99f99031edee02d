// Shows and clears the errors that the server found while a page was being saved.

export function showErrors(form, errors) {
  clearErrors(form);
  for (const [name, message] of Object.entries(errors)) {
    const control = form.elements.namedItem(name);
    if (control) mark(control.length && !control.tagName ? control[0] : control, [message].flat().join(" "));
  }
}

export function clearErrors(form) {
  for (const line of form.querySelectorAll("[data-autosave-error]")) {
    const group = line.parentElement;
    group.classList.remove("govuk-form-group--error");
    group.querySelector("[aria-errormessage]")?.removeAttribute("aria-errormessage");
    line.remove();
  }
}

function mark(control, message) {
  const group = control.closest(".govuk-form-group, fieldset") ?? control.parentElement;
  const line = document.createElement("p");
  line.className = "govuk-error-message";
  line.dataset.autosaveError = "";
  line.id = `${control.id || control.name}_autosave_error`;
  line.textContent = message;
  control.setAttribute("aria-errormessage", line.id);
  group.classList.add("govuk-form-group--error");
  const legend = group.querySelector("legend");
  legend ? legend.after(line) : group.insertBefore(line, group.contains(control) ? topIn(group, control) : null);
}

function topIn(group, control) {
  let node = control;
  while (node.parentElement !== group) node = node.parentElement;
  return node;
}
