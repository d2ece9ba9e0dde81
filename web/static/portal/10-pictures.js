// Optional: a picture that its village's server does not give takes its frame with it.
(function () {
  function gone(image) {
    var frame = image.closest("[data-picture]");
    if (frame) frame.hidden = true;
    else if (image.closest("[data-post-body]")) image.hidden = true;
  }
  document.addEventListener("error", function (event) {
    if (event.target.tagName === "IMG") gone(event.target);
  }, true);
  document.querySelectorAll("img").forEach(function (image) {
    if (image.complete && image.naturalWidth === 0 && image.currentSrc) gone(image);
  });
})();
