// The service worker: what was read stays readable without a connection. The hub writes HUB before this
// (web/offline.py): release, format, shell (files that every page needs), offline (the page shown where nothing
// is kept, by language), first (pages fetched on a first visit), language, patience (milliseconds) and words by
// language.

// Kept of each kind, newest first; the oldest goes. Kinds are what an address is, never what an answer says.
const LIMITS = { front: 2, post: 50, board: 2, announcement: 50, place: 20, search: 20, picture: 120 };
// A picture larger than this is not kept: 120 of them are at most 14 MB.
const PICTURE_BYTES = 120 * 1024;
// A release replaces the shell alone: it throws away nothing that somebody keeps to read.
const SHELL = "kimhub-shell-" + HUB.release;
const ASKED = HUB.format + "asked";
const LOOK = HUB.format + "look";
const SHELVES = Object.keys(LIMITS).map((kind) => HUB.format + kind).concat(ASKED, LOOK, SHELL);
// The desk, its door, and what speaks with programs: never looked at here.
const APART = /^\/(meja|masuk|keluar|api|embed|metrics|healthz|readyz|sw\.js)(\/|$|\.)/;
const PLACES = [
  ["front", /^\/$/], ["post", /^\/berita\/\d+$/], ["board", /^\/pengumuman$/],
  ["announcement", /^\/pengumuman\/\d+$/], ["place", /^\/(desa|kecamatan)\/[\d.]+$/], ["search", /^\/cari$/],
];

// Which shelf a page belongs on; "" for one that is not kept, such as a filtered list or an answer of
// /periksa, which must never be an old one.
function kindOf(url) {
  const found = PLACES.find((place) => place[1].test(url.pathname));
  if (!found) return "";
  if (found[0] === "search") return (url.searchParams.get("q") || "").trim() ? "search" : "";
  const narrowed = ["page", "q", "nature", "agency", "village", "year"].some((name) => url.searchParams.get(name));
  return narrowed ? "" : found[0];
}

// One page, one key: what a messenger or an advertiser hung on the address is dropped.
function keyOf(url) {
  if (url.pathname === "/cari") return url.origin + url.pathname + url.search;
  const lang = url.searchParams.get("lang");
  return url.origin + url.pathname + (lang ? "?lang=" + encodeURIComponent(lang) : "");
}

function languageOf(url) {
  const lang = url.searchParams.get("lang");
  return lang in HUB.words ? lang : HUB.language;
}
