// Asks for the page again and puts in what has changed: what a person has scrolled to or opened stays where it is.
const restMilliseconds = 5000;
const main = document.querySelector('main[data-live]');
const stale = document.getElementById('stale');

async function refresh() {
  try {
    const answer = await fetch(main.dataset.live, { cache: 'no-store' });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    const fresh = document.createElement('main');
    fresh.innerHTML = await answer.text();
    for (const part of fresh.children) {
      const old = document.getElementById(part.id);
      if (old !== null && old.outerHTML !== part.outerHTML) put(old, part);
    }
    stale.hidden = true;
  } catch {
    if (stale.hidden) stale.textContent = 'sanctl does not answer any more: what stands here is old.';
    stale.hidden = false;
  }
  setTimeout(refresh, restMilliseconds);
}

// Inside, not instead: a region that is read aloud stays the same region.
function put(old, part) {
  const across = old.querySelector('.wide')?.scrollLeft ?? 0;
  old.className = part.className;
  old.hidden = part.hidden;
  old.innerHTML = part.innerHTML;
  const wide = old.querySelector('.wide');
  if (wide !== null) wide.scrollLeft = across;
}

if (main !== null) setTimeout(refresh, restMilliseconds);
