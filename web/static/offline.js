// The page about reading without a connection: for which page it stands, what is kept here, what waits.
(function () {
  var root = document.documentElement, page = document.querySelector("[data-offline]");
  var format = page.dataset.offline, why = root.dataset.why || "";

  function all(selector, action) { Array.prototype.forEach.call(page.querySelectorAll(selector), action); }

  // its first words
  all("[data-why]", function (part) {
    var for_ = part.dataset.why;
    part.hidden = !(for_ === why || (why && for_ === "any"));
  });
  if (why && !page.querySelector('[data-why="' + why + '"]')) page.querySelector('[data-why="page"]').hidden = false;
  if (why === "search") page.querySelector('[data-why="search"] em').textContent = root.dataset.asked;
  page.querySelector("[data-again]").href = location.href;
  page.querySelector("[data-again]").addEventListener("click", function (event) {
    event.preventDefault();
    location.reload();
  });

  if (!("serviceWorker" in navigator) || !("caches" in window)) {
    page.querySelector("[data-unable]").hidden = false;
    return;
  }

  function item(url, title, more) {
    var line = document.createElement("li"), link = document.createElement("a"), age = document.createElement("span");
    link.href = url;
    link.textContent = title;
    age.className = "soft fine";
    age.textContent = more;
    line.append(link, age);
    return line;
  }

  // "Judul &amp; isi · Nama portal", as written in the page's head
  function plain(title) {
    var text = new DOMParser().parseFromString(decodeURIComponent(title), "text/html").documentElement.textContent;
    return text.replace(/ · [^·]*$/, "");
  }

  function shelf(kind) {
    return caches.has(format + kind).then(function (there) {
      return there ? caches.open(format + kind) : null;
    }).then(function (cache) {
      return cache ? cache.keys().then(function (keys) {
        return Promise.all(keys.reverse().map(function (key) {
          return cache.match(key).then(function (answer) { return { url: key.url, answer: answer }; });
        }));
      }) : [];
    });
  }

  function showKept() {
    var some = false;
    var groups = Array.prototype.map.call(page.querySelectorAll("[data-kind]"), function (group) {
      return Promise.all(group.dataset.kind.split(" ").map(shelf)).then(function (found) {
        var list = group.querySelector("ul");
        list.replaceChildren();
        found.reduce(function (one, other) { return one.concat(other); }).forEach(function (each) {
          var head = each.answer.headers;
          list.append(item(each.url, plain(head.get("X-Kept-Title")), window.kimhubAge(head.get("X-Kept-At"))));
        });
        group.hidden = !list.children.length;
        some = some || !group.hidden;
      });
    });
    return Promise.all(groups).then(function () {
      page.querySelector("[data-readable]").hidden = false;
      page.querySelector("[data-nothing]").hidden = some;
      page.querySelector("[data-clear]").hidden = !some;
    });
  }

  function showSearches() {
    var section = page.querySelector("[data-searches]"), list = section.querySelector("ul");
    return shelf("asked").then(function (found) {
      return Promise.all(found.map(function (each) {
        return each.answer.json().then(function (asked) { return { url: each.url, asked: asked }; });
      }));
    }).then(function (found) {
      list.replaceChildren();
      found.forEach(function (each) {
        var waiting = each.asked.state === "waiting";
        var line = item(each.url, each.asked.q, waiting ? list.dataset.waiting : list.dataset.done);
        var button = document.createElement("button");
        button.className = "chip";
        button.type = "button";
        button.textContent = list.dataset.remove;
        button.setAttribute("aria-label", list.dataset.remove + ": " + each.asked.q);
        button.addEventListener("click", function () {
          remove(["asked", "search"], each.url).then(showSearches);
        });
        line.append(button);
        list.append(line);
      });
      section.hidden = !found.length;
    });
  }

  function remove(kinds, url) {
    return Promise.all(kinds.map(function (kind) {
      return caches.open(format + kind).then(function (cache) { return cache.delete(url); });
    }));
  }

  var clear = page.querySelector("[data-clear]");
  clear.addEventListener("click", function () {
    caches.keys().then(function (names) {
      return Promise.all(names.map(function (name) { return name.indexOf(format) === 0 && caches.delete(name); }));
    }).then(function () { return Promise.all([showKept(), showSearches()]); }).then(function () {
      clear.hidden = false;
      clear.disabled = true;
      clear.textContent = clear.dataset.done;
    });
  });

  showKept();
  showSearches();
  navigator.serviceWorker.addEventListener("message", showSearches);
})();
