// Optional: keep what is read for times without a connection, and say so where a page is an old one.
(function () {
  var root = document.documentElement, main = document.querySelector("main");

  // "2 jam lalu", "kemarin"
  function age(moment) {
    var seconds = (Date.now() - Date.parse(moment)) / 1000;
    var step = [["day", 86400], ["hour", 3600], ["minute", 60]].find(function (each) { return seconds >= each[1]; });
    var now = document.querySelector("[data-now]");
    if (now && seconds < 120) return now.dataset.now;
    step = step || ["minute", 60];
    return new Intl.RelativeTimeFormat(root.lang, { numeric: "auto" })
      .format(-Math.floor(Math.max(0, seconds) / step[1]), step[0]).replace("yang lalu", "lalu");
  }
  window.kimhubAge = age;

  function line(words) {
    var made = document.createElement("div");
    made.className = "notice kept";
    made.setAttribute("role", "status");
    made.append(words + " ");
    main.prepend(made);
    return made;
  }

  function link(words, address) {
    var made = document.createElement("a");
    made.href = address;
    made.textContent = words;
    return made;
  }

  var kept = root.dataset.kept, keptLine;
  if (kept && main) {
    keptLine = line(root.dataset.keptWords.replace("{age}", age(kept)));
    // "5 menit lalu" was true when the page was kept
    main.querySelectorAll("time[title]").forEach(function (time) { time.textContent = age(time.dateTime); });
  }

  if (!("serviceWorker" in navigator) || !main) return;
  var workers = navigator.serviceWorker;

  function tell(said) {
    workers.ready.then(function (registration) { registration.active.postMessage(said); });
  }

  function found(each, words) {
    if (document.querySelector('[data-found="' + CSS.escape(each.url) + '"]') || (each.url === location.href && !root.dataset.why)) return;
    var made = line(words.found.replace("{q}", each.q)), close = document.createElement("button");
    made.dataset.found = each.url;
    close.type = "button";
    close.className = "chip";
    close.textContent = words.close;
    close.addEventListener("click", function () {
      tell({ kind: "seen", url: each.url });
      made.remove();
    });
    made.append(link(words.open, each.url), " ", close);
  }

  workers.addEventListener("message", function (event) {
    var said = event.data;
    if (said.kind === "found") said.found.forEach(function (each) { found(each, said.words); });
    if (said.kind === "fresh" && keptLine) {
      keptLine.replaceChildren(root.dataset.freshWords + " ", link(root.dataset.reloadWords, location.href));
    }
  });
  workers.startMessages();

  window.addEventListener("online", function () { tell({ kind: "work" }); });
  window.addEventListener("load", function () {
    var first = !workers.controller, sparing = Boolean((navigator.connection || {}).saveData);
    workers.register("/sw.js", { updateViaCache: "none" }).then(function () {
      tell({ kind: "work" });
      if (!first) return sparing || tell({ kind: "first" });
      var pictures = Array.prototype.filter.call(main.querySelectorAll("img"), function (image) {
        return image.complete && image.currentSrc;
      }).map(function (image) { return image.currentSrc; });
      tell({ kind: "keep", url: location.href, pictures: pictures, sparing: sparing });
    }, function () {});
  });
})();
