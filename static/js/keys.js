// Answers the standards of a section from the keyboard, while the focus is among their answers and only then.
//
//   Y, N, A        answer the standard and go on to the next one without an answer; after the last, to the grade
//   Up, Down, K, J go to the standard above or below; nothing is answered by it
//   C              write a comment on the standard
//   Left, Right    choose another answer, as the browser does for radios
//
// Up and Down would choose another answer as well, silently: in a list of standards people press them to move.
// Screen readers that read line by line keep these keys for themselves and lose nothing: the answers are radios.

const ANSWERS = { y: "yes", n: "no", a: "na" };
const STEPS = { arrowdown: 1, j: 1, arrowup: -1, k: -1 };

function watch(list) {
  list.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-standard]");
    if (!row || !isOurs(event)) return;
    const key = event.key.toLowerCase();
    if (ANSWERS[key] && !event.repeat) answer(row, ANSWERS[key]);
    else if (STEPS[key]) focus(neighbour(row, STEPS[key]));
    else if (key === "c") row.querySelector("[data-comment]")?.click();
    else if (!ANSWERS[key]) return;
    event.preventDefault();
  });

  function rows() {
    return [...list.querySelectorAll("[data-standard]")].filter((row) => row.querySelector("input").checkVisibility());
  }

  function neighbour(row, step) {
    const all = rows();
    return all[all.indexOf(row) + step];
  }

  function answer(row, value) {
    const choice = row.querySelector(`input[value="${value}"]`);
    choice.checked = true;
    choice.dispatchEvent(new Event("change", { bubbles: true })); // as if it had been clicked: it is saved
    const below = rows().slice(rows().indexOf(row) + 1);
    const next = below.find((each) => !each.querySelector("input:checked")) ?? below[0];
    next ? focus(next) : afterTheLast(list, choice);
  }
}

function isOurs(event) {
  const modified = event.ctrlKey || event.altKey || event.metaKey;
  return !modified && event.target.matches("input[type=radio], [data-comment]");
}

function focus(row) {
  row && (row.querySelector("input:checked") ?? row.querySelector("input")).focus();
}

function afterTheLast(list, choice) {
  const open = [...list.querySelectorAll("[data-standard]")].find((row) => {
    const input = row.querySelector("input");
    return input.checkVisibility() && !row.querySelector("input:checked");
  });
  const grades = document.getElementById("id_grade");
  const grade = grades?.querySelector("input:checked") ?? grades?.querySelector("input");
  open ? focus(open) : (grade ?? choice).focus();
}

for (const list of document.querySelectorAll("[data-standards]")) watch(list);
