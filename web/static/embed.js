// A village's announcements on its own site:
//   <div data-kimhub-village="76.02.02.2011"></div>
//   <script src="https://HUB/embed/pengumuman.js" async></script>
// or the script alone with ?village=76.02.02.2011 in its address.
(function () {
  var script = document.currentScript;
  var own = new URL(script.src);
  var frames = [];

  function show(place, village) {
    if (place.dataset.kimhubShown) return;
    place.dataset.kimhubShown = "1";
    var frame = document.createElement("iframe");
    frame.src = own.origin + "/embed/pengumuman?village=" + encodeURIComponent(village);
    frame.title = place.dataset.kimhubTitle || "Pengumuman";
    frame.loading = "lazy";
    frame.referrerPolicy = "strict-origin-when-cross-origin";
    frame.style.cssText = "display:block;width:100%;height:26rem;border:0";
    place.appendChild(frame);
    frames.push(frame);
  }

  function start() {
    document.querySelectorAll("[data-kimhub-village]").forEach(function (place) {
      show(place, place.dataset.kimhubVillage);
    });
    var village = own.searchParams.get("village");
    if (village) {
      var place = document.createElement("div");
      script.parentNode.insertBefore(place, script.nextSibling);
      show(place, village);
    }
  }

  window.addEventListener("message", function (event) {
    if (event.origin !== own.origin || !event.data || typeof event.data.kimhub !== "number") return;
    frames.forEach(function (frame) {
      if (frame.contentWindow === event.source) {
        frame.style.height = Math.max(80, Math.min(3000, Math.ceil(event.data.kimhub))) + "px";
      }
    });
  });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
