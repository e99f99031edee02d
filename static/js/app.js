// Starts the components of govuk-frontend on every page.
// The address of govuk-frontend comes from the script element, because static files carry a fingerprint in their names.

const own = document.querySelector("script[data-govuk]");

document.body.classList.add("js-enabled", "govuk-frontend-supported");

const { initAll } = await import(own.dataset.govuk);
initAll();
