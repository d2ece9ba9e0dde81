// Optional: read a text aloud with the browser's own voice. Offered only where there is a voice of its language.
(function () {
  var engine = window.speechSynthesis, box = document.querySelector("[data-listen]");
  if (!engine || !window.SpeechSynthesisUtterance || !box) return;
  // Chrome falls silent within one piece after some 15 seconds, and on Android it cannot pause: so the text is
  // said piece by piece, and a pause ends the piece, which is said again from its start.
  var LONGEST = 180;
  var buttons = box.querySelectorAll("button"), toggle = buttons[0], end = buttons[1];
  var status = box.querySelector("[role=status]");
  var pieces = [], at = 0, speaking = null, state = "";

  function voice() {
    var mine = engine.getVoices().filter(function (each) {
      return each.lang.slice(0, 2).toLowerCase() === box.dataset.listen.slice(0, 2);
    });
    return mine.find(function (each) { return each.localService; }) || mine[0];
  }

  function offer() { box.hidden = !state && !voice(); }

  // whole sentences up to LONGEST letters; a longer one is cut at a comma or a space
  function cut(text) {
    var found = [], piece = "";
    text.split(/([.!?…]+["'”’)]*\s+|\n+)/).forEach(function (part, number) {
      if (number % 2) {
        piece += /\n/.test(part) ? ". " : part;
        return;
      }
      if (piece && piece.length + part.length > LONGEST) { found.push(piece); piece = ""; }
      while (part.length > LONGEST) {
        var end = Math.max(part.lastIndexOf(", ", LONGEST), 0) || Math.max(part.lastIndexOf(" ", LONGEST), 0) || LONGEST;
        found.push(part.slice(0, end + 1));
        part = part.slice(end + 1);
      }
      piece += part;
    });
    return found.concat(piece).filter(function (each) { return /[^\s.]/.test(each); });
  }

  function show(now) {
    state = now;
    toggle.setAttribute("aria-pressed", String(state === "on"));
    end.hidden = !state;
    status.textContent = state ? box.dataset[state] : "";
  }

  function hush() {
    speaking = null;
    engine.cancel();
  }

  function stop() {
    if (document.activeElement === end) toggle.focus();
    hush();
    at = 0;
    show("");
  }

  function say() {
    if (at >= pieces.length) return stop();
    var said = speaking = new SpeechSynthesisUtterance(pieces[at]);
    said.voice = voice();
    said.lang = said.voice ? said.voice.lang : box.dataset.listen;
    said.onend = function () {
      if (said === speaking) { at += 1; say(); }
    };
    said.onerror = function () { if (said === speaking) stop(); };
    engine.speak(said);
  }

  toggle.addEventListener("click", function () {
    if (state === "on") {
      hush();
      return show("paused");
    }
    if (!state) {
      var text = [document.querySelector("h1"), document.querySelector("[data-post-body]")];
      pieces = cut(text.map(function (each) { return each ? each.innerText.trim() : ""; }).join("\n"));
      hush();
    }
    show("on");
    say();
  });
  end.addEventListener("click", stop);
  window.addEventListener("pagehide", stop);
  engine.onvoiceschanged = offer;
  offer();
})();
