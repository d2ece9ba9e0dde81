// Searches that were made without a connection, kept until they are done. Each is an entry on a shelf of its
// own, address -> {q, at, state: waiting | done | seen}; its results, once here, are a page like any other.

async function remember(url) {
  const shelf = await caches.open(ASKED), key = keyOf(url);
  if (await shelf.match(key)) return;
  await note(shelf, key, { q: url.searchParams.get("q").trim(), at: new Date().toISOString(), state: "waiting" });
  const all = await shelf.keys();
  for (const old of all.slice(0, Math.max(0, all.length - LIMITS.search))) await shelf.delete(old);
  if (self.registration.sync) await self.registration.sync.register("searches").catch(() => {});
}

function note(shelf, key, entry) {
  return shelf.put(key, new Response(JSON.stringify(entry), { headers: { "Content-Type": "application/json" } }));
}

async function remembered() {
  const shelf = await caches.open(ASKED);
  const keys = await shelf.keys();
  return Promise.all(keys.map(async (key) => ({ url: key.url, ...(await (await shelf.match(key)).json()) })));
}

async function mark(key, state) {
  const shelf = await caches.open(ASKED), found = await shelf.match(key);
  if (found) await note(shelf, key, { ...(await found.json()), state: state });
}

// Do what waits. Several callers at once (a page that opens, the line that comes back) share one round.
let round = null;
function workOff() {
  if (!round) round = eachWaiting().finally(() => { round = null; });
  return round;
}

// True when nothing waits any more.
async function eachWaiting() {
  for (const each of await remembered()) {
    if (each.state !== "waiting") continue;
    const answer = await fetch(each.url, { credentials: "same-origin" }).catch(() => null);
    if (!answer || answer.status >= 500 || answer.status === 429) return false;
    if (answer.status >= 400) await (await caches.open(ASKED)).delete(each.url);  // it can never be done
    else if (await keepPage("search", each.url, answer)) await mark(each.url, "done");
    else return false;  // the index is down, or this is not our hub but somebody's Wi-Fi
  }
  await tellFound();
  return true;
}

// Every open page hears of results that nobody has looked at yet.
async function tellFound() {
  const done = (await remembered()).filter((each) => each.state === "done");
  if (!done.length) return;
  for (const client of await self.clients.matchAll()) {
    const words = HUB.words[languageOf(new URL(client.url))];
    client.postMessage({ kind: "found", found: done, words: words });
  }
}
