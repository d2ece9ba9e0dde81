// Optional: copy a text, print the page, and tell a village's page how tall an embed is.
(function () {
  document.querySelectorAll("[data-copy]").forEach(function (button) {
    var source = document.getElementById(button.dataset.copy);
    var words = button.textContent;
    button.hidden = false;
    button.addEventListener("click", function () {
      function done() {
        button.textContent = button.dataset.done;
        setTimeout(function () { button.textContent = words; }, 3000);
      }
      function byHand() {
        source.hidden = false;
        source.select();
        if (document.execCommand("copy")) { source.hidden = true; done(); }
      }
      if (!navigator.clipboard) return byHand();
      navigator.clipboard.writeText(source.value).then(done, byHand);
    });
  });
  document.querySelectorAll("[data-print]").forEach(function (button) {
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
