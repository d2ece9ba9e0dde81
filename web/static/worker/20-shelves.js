// What is kept, on one shelf (cache) a kind, in the order in which it was read.

// An answer that may be kept: whole, ours, not redirected, and not forbidden to be stored.
function keepable(answer) {
  return answer.status === 200 && answer.type === "basic" && !answer.redirected &&
    !/no-store/.test(answer.headers.get("Cache-Control") || "");
}

async function put(kind, key, answer) {
  const shelf = await caches.open(HUB.format + kind);
  try {
    await shelf.delete(key);
    await shelf.put(key, answer);
  } catch (full) {  // the phone has no room: pictures go first, and this one page is not kept
    await caches.delete(HUB.format + "picture");
    return;
  }
  const keys = await shelf.keys();
  for (const old of keys.slice(0, Math.max(0, keys.length - LIMITS[kind]))) await shelf.delete(old);
}

// What a kept page may do is what it might do when it came.
const GUARDS = [
  "Content-Type", "Content-Security-Policy", "Referrer-Policy", "X-Content-Type-Options", "Cross-Origin-Opener-Policy",
  "Permissions-Policy",
];

// Keep a page. True when it now is. One that is gone is kept no longer; a page that is not the hub's own (the
// sign-in of somebody's Wi-Fi) is never taken for one. ``opened`` where the reader opened it, not this worker.
async function keepPage(kind, key, answer, opened) {
  if (answer.status === 404 || answer.status === 410) await (await caches.open(HUB.format + kind)).delete(key);
  if (!keepable(answer) || !/^text\/html/.test(answer.headers.get("Content-Type") || "")) return false;
  const html = await answer.text();
  if (!html.includes('name="generator" content="kimhub"')) return false;
  await noteLook(html, opened);
  const title = (/<title>([^<]*)<\/title>/.exec(html) || ["", ""])[1];
  const headers = new Headers(GUARDS.filter((name) => answer.headers.has(name)).map((name) => [name, answer.headers.get(name)]));
  headers.set("X-Kept-At", new Date().toISOString());
  headers.set("X-Kept-Title", encodeURIComponent(title));
  await put(kind, key, new Response(html, { headers: headers }));
  return true;
}

async function keepPicture(key, answer) {
  if (!keepable(answer)) return;
  const picture = await answer.blob();
  if (picture.size > PICTURE_BYTES || !/^image\//.test(picture.type)) return;
  await put("picture", key, new Response(picture, { headers: { "Content-Type": picture.type } }));
}

async function kept(kind, key) {
  return kind ? (await caches.open(HUB.format + kind)).match(key) : undefined;
}

function attribute(name, text) {
  return ` ${name}="${String(text).replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;")}"`;
}

// Colours and size of letters are the reader's choice (web/display.py) and stand on the tag of each page. What is
// kept is shown as the last page that the reader opened was, not as it was when it was kept. A page that was
// fetched for later may have been asked for before the choice and come after it: it says how pages look only
// where nothing else has.
const CHOSEN = / data-(?:theme|text)="[^"]*"/g;
let look = null;

async function noteLook(html, opened) {
  const now = (/<html[^>]*>/.exec(html)[0].match(CHOSEN) || []).join("");
  if (now === look) return;
  const shelf = await caches.open(LOOK);
  // in this order: the reader may open a page while the shelf is looked at
  if (!opened && (await shelf.match("/") || look !== null)) return;
  look = now;
  await shelf.put("/", new Response(now));
}

async function marked(html, marks) {
  const noted = await (await caches.open(LOOK)).match("/"), chosen = noted ? await noted.text() : "";
  return html.replace(/<html[^>]*>/, (tag) => tag.replace(CHOSEN, "").replace("<html", () => "<html" + chosen + marks));
}

// A kept page as it is shown: it says of itself when it was kept, and its script puts that into a line.
async function dressed(answer, lang) {
  const marks = attribute("data-kept", answer.headers.get("X-Kept-At")) +
    attribute("data-kept-words", HUB.words[lang].kept) + attribute("data-fresh-words", HUB.words[lang].fresh) +
    attribute("data-reload-words", HUB.words[lang].reload) + attribute("data-now", HUB.words[lang].now);
  return new Response(await marked(await answer.text(), marks), { headers: answer.headers });
}

// The page for when there is no connection, once for each language that is read here. The worker of a release
// that was replaced may still be at its last page: it must not open its shelf anew.
async function keepOffline(lang) {
  const path = HUB.offline[lang];
  if (await onShell(path) || !(await caches.has(SHELL))) return;
  await (await caches.open(SHELL)).add(new Request(path, { cache: "reload" }));
}

// What the shelf of this release holds. Looking does not open it either.
function onShell(file) {
  return caches.match(file, { cacheName: SHELL, ignoreVary: true });
}

// The page that says that there is no connection, and what can be read here. ``why`` chooses its first words.
async function offlinePage(why, url) {
  const answer = await onShell(HUB.offline[languageOf(url)]) || await onShell(HUB.offline[HUB.language]);
  if (!answer) return Response.error();
  const marks = attribute("data-why", why) + attribute("data-asked", url.searchParams.get("q") || "");
  const html = await marked(await answer.text(), marks);
  const headers = new Headers(answer.headers);
  headers.set("Cache-Control", "no-store");
  return new Response(html, { status: why ? 503 : 200, headers: headers });
}
