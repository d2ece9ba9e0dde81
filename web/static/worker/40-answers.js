// How each request is answered: files of the shell and pictures from here, pages from the network while there
// is patience.

self.addEventListener("fetch", (event) => {
  const request = event.request, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin || APART.test(url.pathname)) return;
  if (request.headers.has("Authorization") || request.headers.has("Range")) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(shellFile(request, url));
  else if (request.mode === "navigate") event.respondWith(page(event, url));
  else if (request.destination === "image") event.respondWith(pictureOf(event));
});

// A page kept before this release names files of the one before; this one's dress it as well.
async function shellFile(request, url) {
  const exact = await onShell(request);
  if (exact) return exact;
  try {
    return await fetch(request);
  } catch (gone) {
    const plain = plainName(url.pathname);
    const now = HUB.shell.find((each) => plainName(each) === plain);
    return (now && await onShell(now)) || Response.error();
  }
}

function plainName(path) {
  return path.replace(/\.[0-9a-f]{8,}(?=\.\w+$)/, "");
}

async function page(event, url) {
  const kind = kindOf(url), key = keyOf(url);
  const asked = fetch(event.request);
  event.waitUntil(asked.then((answer) => taken(kind, key, answer.clone()), () => {}));
  event.waitUntil(asked.then(() => keepOffline(languageOf(url))).catch(() => {}));
  const old = await kept(kind, key);
  if (!old) return asked.catch(() => instead(kind, url));
  const answer = await Promise.race([asked.catch(() => null), later()]);
  if (answer && answer.status < 500) return answer;
  if (kind === "search") event.waitUntil(mark(key, "seen"));
  if (answer === undefined) event.waitUntil(tellFresh(asked, event.resultingClientId));
  return dressed(old, languageOf(url));
}

function later() {
  return new Promise((done) => setTimeout(done, HUB.patience));
}

async function taken(kind, key, answer) {
  if (!kind || answer.type !== "basic") return;
  if (kind !== "search") return keepPage(kind, key, answer, true);
  // results are kept only of a search that was asked for without a connection; who opens them has seen them
  if (!(await (await caches.open(ASKED)).match(key))) return;
  if (await keepPage(kind, key, answer, true)) await mark(key, "seen");
}

// The page that was shown in place of a slow one hears when the slow one is here after all.
async function tellFresh(asked, clientId) {
  const answer = await asked.catch(() => null);
  if (!answer || answer.status !== 200) return;
  const client = await self.clients.get(clientId);
  if (client) client.postMessage({ kind: "fresh" });
}

// Nothing kept and no connection.
async function instead(kind, url) {
  const short = /^\/b\/(\d+)$/.exec(url.pathname);
  if (short) return Response.redirect("/berita/" + short[1] + url.search, 302);
  if (url.pathname === "/luring") return offlinePage("", url);
  if (url.pathname === "/periksa") return offlinePage("check", url);
  if (kind !== "search") return offlinePage(kind || "page", url);
  await remember(url);
  return offlinePage("search", url);
}

// Pictures are kept for the pages that are kept. Under one address a picture stays what it is, so a kept one
// costs no data again.
async function pictureOf(event) {
  const old = await kept("picture", event.request.url);
  if (old) return old;
  const answer = await fetch(event.request), copy = answer.clone();
  const client = event.clientId && await self.clients.get(event.clientId);
  if (client && kindOf(new URL(client.url))) event.waitUntil(keepPicture(event.request.url, copy));
  return answer;
}
