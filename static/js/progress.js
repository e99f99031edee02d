// Shows how far work in the background is, once a second, and reloads the page when it is over.
//
//   <div data-progress-url="…"> <label data-progress-step> <progress> <p data-progress-text>
//
// The server answers {percent, step, state, url}; state is waiting, running, ready or failed.

const EVERY = 1000;
const OVER = new Set(["ready", "failed", "done"]);

function watch(box) {
  const bar = box.querySelector("progress");
  const step = box.querySelector("[data-progress-step]");
  const text = box.querySelector("[data-progress-text]");

  async function look() {
    try {
      const response = await fetch(box.dataset.progressUrl, { headers: { Accept: "application/json" } });
      if (response.ok) return show(await response.json());
    } catch {
      text.textContent = "No connection, still trying";
    }
    setTimeout(look, EVERY);
  }

  function show({ percent, step: words, state }) {
    if (OVER.has(state)) return window.location.reload();
    bar.value = percent;
    step.textContent = words || "Waiting to start";
    text.textContent = `${percent}%`;
    setTimeout(look, EVERY);
  }

  setTimeout(look, EVERY);
}

for (const box of document.querySelectorAll("[data-progress-url]")) watch(box);
