// The worker's own life: a new release takes over at once and clears away the one before.

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const shelf = await caches.open(SHELL);
    await shelf.addAll(HUB.shell);
    for (const lang of Object.keys(HUB.offline)) {
      // what a reader of another language had stays; a new one gets it with the first page in it
      const had = await caches.match(HUB.offline[lang], { ignoreVary: true });
      if (lang === HUB.language || had) await keepOffline(lang);
    }
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("kimhub-") && !SHELVES.includes(name)) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

self.addEventListener("sync", (event) => {
  if (event.tag === "searches") {
    // a round that came to nothing fails, and the browser tries again
    event.waitUntil(workOff().then((done) => { if (!done) throw new Error("no connection yet"); }));
  }
});

self.addEventListener("message", (event) => {
  const said = event.data || {};
  if (said.kind === "work") event.waitUntil(workOff());
  if (said.kind === "seen") event.waitUntil(mark(said.url, "seen"));
  if (said.kind === "first") event.waitUntil(keepPages(HUB.first));
  if (said.kind === "keep") event.waitUntil(keepWhatIsOpen(said));
});

// The first page of a first visit came before there was a worker. It, the front page and the announcements are
// fetched for later, unless the phone asks to spare data: then only what its cache has already. Who begins with
// the front page has read much already; there the announcements wait for the next page.
async function keepWhatIsOpen(said) {
  const open = new URL(said.url), later = said.sparing || kindOf(open) === "front";
  await keepOffline(languageOf(open));
  await keepPages([said.url].concat(later ? [] : HUB.first));
  for (const address of said.pictures) {
    const url = new URL(address, self.location.origin);
    if (url.origin !== self.location.origin || APART.test(url.pathname) || url.pathname.startsWith("/static/")) continue;
    const answer = await fetch(url, { cache: "force-cache" }).catch(() => null);
    if (answer) await keepPicture(url.href, answer);
  }
}

async function keepPages(addresses) {
  for (const address of addresses) {
    const url = new URL(address, self.location.origin), kind = kindOf(url);
    if (url.origin !== self.location.origin || !kind || kind === "search" || await kept(kind, keyOf(url))) continue;
    const answer = await fetch(url, { credentials: "same-origin" }).catch(() => null);
    if (answer) await keepPage(kind, keyOf(url), answer);
  }
}
