// Asks beside the grade of a section where it does not seem to fit the answers above, while they are given.
// The rule is that of grading/prompts.py.

const place = document.querySelector("[data-second-look]");
const form = place?.closest("form");

function look() {
  const standards = [...document.querySelectorAll("[data-standard]")].filter((row) => row.querySelector("input").checkVisibility());
  const answers = standards.map((row) => row.querySelector("input:checked")?.value);
  const yes = answers.filter((answer) => answer === "yes").length;
  const no = answers.filter((answer) => answer === "no").length;
  const grade = form.querySelector('input[name="grade"]:checked')?.value;
  const isGood = place.dataset.good.split(" ").includes(grade);
  const stands = {
    all_yes: grade && !isGood && yes > 0 && no === 0,
    most_no: grade && isGood && no > yes,
  };
  for (const line of place.querySelectorAll("[data-when]")) line.hidden = !stands[line.dataset.when];
}

form?.addEventListener("change", () => requestAnimationFrame(look));
