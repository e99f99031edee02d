// Which link a click on a page follows, where it leaves the page in this very window; otherwise null.
export function linkAway(event) {
  const link = event.target.closest?.("a[href]");
  return link && !event.defaultPrevented && leadsAway(link) && !opensElsewhere(event, link) ? link : null;
}

function leadsAway(link) {
  return link.origin !== window.location.origin || link.pathname !== window.location.pathname || !link.hash;
}

function opensElsewhere(event, link) {
  const withKey = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  return event.button !== 0 || withKey || (link.target && link.target !== "_self") || link.hasAttribute("download");
}
