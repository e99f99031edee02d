// Says how many standards of a section are answered: those that are asked about this child, while they are answered.

const line = document.querySelector("[data-answered]");

function count() {
  const asked = [...document.querySelectorAll("[data-standard]")].filter((row) => row.querySelector("input").checkVisibility());
  const answered = asked.filter((row) => row.querySelector("input:checked"));
  const words = `${answered.length} of ${asked.length} answered`;
  if (line.textContent !== words) line.textContent = words;
  line.classList.toggle("portal-answered-count--all", asked.length > 0 && asked.length === answered.length);
}

if (line) {
  line.closest("form").addEventListener("change", () => requestAnimationFrame(count));
  count();
}
