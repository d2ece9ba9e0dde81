// Optional: what is wider than the column (tables, lines of code) is scrolled by keyboard too.
(function () {
  function look() {
    document.querySelectorAll("[data-post-body] :is(table, pre)").forEach(function (each) {
      if (each.scrollWidth > each.clientWidth) each.tabIndex = 0; else each.removeAttribute("tabindex");
    });
  }
  look();
  window.addEventListener("resize", look);
})();
