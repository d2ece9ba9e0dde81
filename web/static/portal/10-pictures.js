// Optional: a picture that does not come is asked for once more (the portal may be fetching it just now), and takes
// its frame with it when there is none.
(function () {
  var AGAIN = 4000;
  function gone(image) {
    var frame = image.closest("[data-picture]");
    if (frame) frame.hidden = true;
    else if (image.closest("[data-post-body]")) image.hidden = true;
  }
  function failed(image) {
    if (image.dataset.again) return gone(image);
    image.dataset.again = "1";
    setTimeout(function () { image.src = image.src; }, AGAIN);
  }
  document.addEventListener("error", function (event) {
    if (event.target.tagName === "IMG") failed(event.target);
  }, true);
  document.querySelectorAll("img").forEach(function (image) {
    if (image.complete && image.naturalWidth === 0 && image.currentSrc) failed(image);
  });
})();
