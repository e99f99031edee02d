// Adds and removes people in a group of rows without a reload; a removal can be undone until the page is left.
//
//   <fieldset data-rows="household"> <div data-row> … </div> <template> … __new__ … </template> <button data-add-row>
//
// Numbers in names may have gaps: whoever reads the form takes the rows in their order.

const MOST = 30;

class Rows {
  constructor(group) {
    this.group = group;
    this.list = group.querySelector("[data-row-list]");
    this.blank = group.querySelector("template");
    this.next = group.querySelectorAll("[data-row]").length;
    this.adding = group.querySelector("[data-add-row]");
    this.adding.addEventListener("click", () => this.add());
    group.addEventListener("click", (event) => {
      if (event.target.closest("[data-remove-row]")) this.remove(event.target.closest("[data-row]"));
    });
    this.number();
  }

  add() {
    const made = document.createElement("div");
    made.innerHTML = this.blank.innerHTML.replaceAll("__new__", String(this.next++));
    const row = made.firstElementChild;
    this.list.append(row);
    this.number();
    row.querySelector("input").focus();
  }

  remove(row) {
    const note = this.note(row);
    row.replaceWith(note);
    this.number();
    this.changed();
    note.querySelector("button").focus();
  }

  note(row) {
    const note = document.createElement("p");
    note.className = "govuk-body portal-removed";
    const undo = document.createElement("button");
    undo.type = "button";
    undo.className = "portal-link-button";
    undo.textContent = `Put ${nameOf(row)} back`;
    undo.addEventListener("click", () => {
      note.replaceWith(row);
      this.number();
      this.changed();
      row.querySelector("input").focus();
    });
    note.append(`${capital(nameOf(row))} removed. `, undo);
    return note;
  }

  number() {
    const rows = [...this.list.querySelectorAll("[data-row]")];
    rows.forEach((row, place) => {
      for (const words of row.querySelectorAll("[data-row-number]")) words.textContent = String(place + 1);
    });
    this.adding.hidden = rows.length >= MOST;
  }

  changed() {
    this.group.dispatchEvent(new Event("change", { bubbles: true })); // it is saved like anything typed
  }
}

function nameOf(row) {
  return row.querySelector("[data-row-name]").value.trim() || `person ${row.querySelector("[data-row-number]").textContent}`;
}

function capital(words) {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

for (const group of document.querySelectorAll("[data-rows]")) new Rows(group);
