// Optional: copy a text, hand it to the device's own sheet for sharing, print the page, and tell a village's page
// how tall an embed is.
(function () {
  function each(selector, action) { Array.prototype.forEach.call(document.querySelectorAll(selector), action); }

  // Where a page may not use the clipboard (no https), the text is shown, marked, for copying by hand.
  function byHand(text, field, done) {
    var shown = field || document.createElement("textarea");
    if (!field) {
      shown.value = text;
      shown.readOnly = true;
      document.querySelector("main").append(shown);
    }
    shown.hidden = false;
    shown.select();
    if (!document.execCommand("copy")) return;
    if (field) field.hidden = true; else shown.remove();
    done();
  }

  // data-text holds the text itself, data-copy the id of a field with it
  each("[data-copy], [data-text]", function (button) {
    var field = button.dataset.copy && document.getElementById(button.dataset.copy);
    var words = button.textContent;
    function done() {
      button.textContent = button.dataset.done;
      setTimeout(function () { button.textContent = words; }, 3000);
    }
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", function () {
      var text = field ? field.value : button.dataset.text;
      var other = function () { byHand(text, field, done); };
      if (!navigator.clipboard) return other();
      navigator.clipboard.writeText(text).then(done, other);
    });
  });
  each("[data-share]", function (button) {
    if (!navigator.share) return;
    button.hidden = false;
    button.addEventListener("click", function () {
      var data = button.dataset;
      // who closes the sheet has changed their mind: no error
      var what = { title: data.title, text: data.words };
      if (data.url) what.url = data.url;
      navigator.share(what).catch(function () {});
    });
  });
  each("[data-print]", function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });
  if (document.body.hasAttribute("data-embed") && window.parent !== window) {
    var tell = function () {
      window.parent.postMessage({ kimhub: document.body.getBoundingClientRect().height }, "*");
    };
    tell();
    window.addEventListener("resize", tell);
  }
})();
