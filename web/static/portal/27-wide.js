// Optional: what is wider than the column (tables, lines of code) is scrolled by keyboard too.
(function () {
  function look() {
    document.querySelectorAll("[data-post-body] table, [data-post-body] pre").forEach(function (each) {
      if (each.scrollWidth > each.clientWidth) each.tabIndex = 0; else each.removeAttribute("tabindex");
    });
  }
  look();
  window.addEventListener("resize", look);
})();
