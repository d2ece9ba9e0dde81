// Optional help at the desk; every page works without it.
(function () {
  document.documentElement.classList.add("scripted");

  function post(form, address, extra) {
    var data = new FormData(form);
    data.delete("files");
    Object.keys(extra || {}).forEach(function (name) { data.set(name, extra[name]); });
    var body = new URLSearchParams();
    data.forEach(function (value, name) { if (typeof value === "string") body.append(name, value); });
    return fetch(address, {
      method: "POST", body: body, credentials: "same-origin", redirect: "manual",
      headers: { "X-Requested-With": "fetch" }
    }).then(function (answer) {
      if (!answer.ok) throw new Error(answer.status);
      return answer.text();
    });
  }

  // What the hub sent is put in place as nodes; it was made by our own templates.
  function put(target, html) {
    var made = new DOMParser().parseFromString(html, "text/html");
    target.replaceChildren.apply(target, Array.prototype.slice.call(made.body.childNodes));
  }

  function later(action, wait) {
    var timer;
    return function () { clearTimeout(timer); timer = setTimeout(action, wait); };
  }

  // the page on a village's site, while one writes
  document.querySelectorAll("form[data-compose]").forEach(function (form) {
    var target = form.querySelector("[data-preview]");
    var show = later(function () {
      post(form, target.dataset.preview).then(function (html) { put(target, html); }, function () {});
    }, 500);
    form.addEventListener("input", show);
    if (!target.hasAttribute("data-shown") && form.elements.subject.value) show();
  });

  // who is reached, while one chooses
  document.querySelectorAll("form[data-choose]").forEach(function (form) {
    var target = form.querySelector("[data-plan]");
    var count = later(function () {
      post(form, target.dataset.plan, { do: "plan" }).then(function (html) { put(target, html); }, function () {});
    }, 200);
    form.addEventListener("change", function (event) {
      if (event.target.name === "village" || event.target.name === "kec" || event.target.name === "tag") {
        var some = form.querySelector("[name=whom][value=some]");
        if (some) some.checked = true;
      }
      count();
    });
  });

  // the board, while something moves
  document.querySelectorAll("[data-board]").forEach(function (board) {
    var address = board.dataset.board;
    function moving() {
      var section = board.querySelector("[data-moving]");
      return section && Number(section.dataset.moving) > 0;
    }
    function look() {
      fetch(address, { credentials: "same-origin", redirect: "manual", headers: { "X-Requested-With": "fetch" } })
        .then(function (answer) {
          if (!answer.ok) throw new Error(answer.status);
          return answer.text();
        })
        .then(function (html) {
          // somebody who is using a button or a filter is not to lose it
          var busy = board.contains(document.activeElement) && document.activeElement !== document.body;
          if (busy) {
            var made = new DOMParser().parseFromString(html, "text/html");
            board.querySelector("[data-tally]").replaceWith(made.querySelector("[data-tally]"));
            var fresh = made.querySelector("[data-moving]");
            board.querySelector("[data-moving]").dataset.moving = fresh ? fresh.dataset.moving : "0";
            if (!moving()) document.activeElement.blur();
            if (!moving()) put(board, html);
          } else {
            put(board, html);
          }
          if (moving()) setTimeout(look, 2000);
        })
        .catch(function () { setTimeout(look, 8000); });
    }
    if (moving()) setTimeout(look, 1000);
    board.addEventListener("change", function (event) {
      var form = event.target.closest("[data-filters]");
      if (form) form.submit();
    });
  });

  // one click is enough
  document.querySelectorAll("form[data-once]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      setTimeout(function () {
        form.querySelectorAll("button").forEach(function (button) { button.disabled = true; });
      }, 0);
    });
  });
  window.addEventListener("pageshow", function (event) {
    if (!event.persisted) return;
    document.querySelectorAll("form[data-once]").forEach(function (form) {
      delete form.dataset.sent;
      form.querySelectorAll("button").forEach(function (button) { button.disabled = false; });
    });
  });

  document.querySelectorAll("[data-copy]").forEach(function (button) {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", function () {
      navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent).then(function () {
        button.textContent = button.dataset.done;
      });
    });
  });
})();
