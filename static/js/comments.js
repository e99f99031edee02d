// Opens the box for a comment on a standard, and closes one in which nothing was written.

function boxOf(button) {
  return document.getElementById(button.getAttribute("aria-controls"));
}

function toggle(button) {
  const box = boxOf(button);
  const text = box.querySelector("textarea");
  const closing = !box.hidden && !text.value.trim() && document.activeElement !== text;
  box.hidden = closing;
  button.setAttribute("aria-expanded", String(!closing));
  if (!closing) text.focus();
}

function leave(event) {
  const box = event.target.closest("[data-comment-box]");
  if (event.key !== "Escape" || !box) return;
  const row = box.closest("[data-standard]");
  if (!event.target.value.trim()) {
    box.hidden = true;
    row.querySelector("[data-comment]").setAttribute("aria-expanded", "false");
  }
  (row.querySelector("input:checked") ?? row.querySelector("input")).focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-comment]");
  if (button) toggle(button);
});
document.addEventListener("keydown", leave);
