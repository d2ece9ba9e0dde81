// Optional: offers villages, topics and titles while somebody types into the search field (WAI-ARIA 1.2
// combobox with a listbox). Without it, or on a line that saves data, the field is a plain form.
(function () {
  var form = document.querySelector("form[data-suggest]");
  var saving = navigator.connection && navigator.connection.saveData;
  if (!form || !window.fetch || !window.AbortController || saving || document.documentElement.hasAttribute("data-light")) return;
  var field = form.querySelector("input[name=q]");
  var list = document.createElement("ul");
  var said = document.createElement("p");
  var rows = [], chosen = -1, timer = 0, asking = null, asked = field.value.trim();

  list.id = "saran";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", form.dataset.label);
  said.className = "vh";
  said.setAttribute("role", "status");
  form.append(list, said);
  field.type = "text";
  field.inputMode = "search";
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-controls", "saran");
  field.setAttribute("aria-expanded", "false");

  function choose(at) {
    if (chosen >= 0) list.children[chosen].setAttribute("aria-selected", "false");
    chosen = at;
    if (at < 0) return field.removeAttribute("aria-activedescendant");
    list.children[at].setAttribute("aria-selected", "true");
    list.children[at].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", "saran-" + at);
  }
  function close() {
    clearTimeout(timer);
    if (asking) asking.abort();
    choose(-1);
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
  }
  function open() {
    list.hidden = !rows.length;
    field.setAttribute("aria-expanded", String(!list.hidden));
  }
  function show(found) {
    choose(-1);
    rows = found;
    list.textContent = "";
    rows.forEach(function (row, at) {
      var item = document.createElement("li"), detail = document.createElement("small");
      item.id = "saran-" + at;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.append(row.label);
      if (row.detail) { detail.textContent = row.detail; item.append(" ", detail); }
      list.append(item);
    });
    open();
    said.textContent = rows.length ? form.dataset.some.replace("#", rows.length) : form.dataset.none;
  }
  function ask() {
    var words = field.value.trim(), address = new URL(form.dataset.suggest, location.href);
    asked = words;
    if (asking) asking.abort();
    if (words.length < 2) { rows = []; said.textContent = ""; return close(); }
    asking = new AbortController();
    address.searchParams.set("q", field.value);
    fetch(address, { signal: asking.signal }).then(function (answer) {
      return answer.ok ? answer.json() : { results: [] };
    }).then(function (answer) {
      if (document.activeElement === field && field.value.trim() === words) show(answer.results);
    }).catch(function () {});
  }
  function go(at) {
    var url = rows[at].url;
    close();
    location.href = url;
  }

  field.addEventListener("input", function () {
    clearTimeout(timer);
    choose(-1);
    if (field.value.trim() !== asked) timer = setTimeout(ask, 120);
  });
  field.addEventListener("keydown", function (event) {
    var key = event.key, last = rows.length - 1;
    if (key === "Escape" && !list.hidden) { event.preventDefault(); close(); }
    else if (key === "Enter" && chosen >= 0 && !list.hidden) { event.preventDefault(); go(chosen); }
    else if ((key === "ArrowDown" || key === "ArrowUp") && rows.length && !event.altKey) {
      event.preventDefault();
      if (list.hidden) open();
      if (key === "ArrowDown") choose(chosen < last ? chosen + 1 : -1);
      else choose(chosen < 0 ? last : chosen - 1);
    }
  });
  field.addEventListener("blur", close);
  form.addEventListener("submit", close);
  list.addEventListener("pointerdown", function (event) { event.preventDefault(); });
  list.addEventListener("mousedown", function (event) { event.preventDefault(); });
  list.addEventListener("click", function (event) {
    var item = event.target.closest("[role=option]");
    if (item) go(Array.prototype.indexOf.call(list.children, item));
  });
})();
