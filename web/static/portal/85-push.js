// Being told in this browser: offered where it works, asked for only when the reader sends the form.
(function () {
  var form = document.querySelector("form[data-push]");
  if (!form || !("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return;
  var choice = form.querySelector("[data-push-choice]");
  var refused = form.querySelector("[data-push-refused]");
  var field = form.elements.langganan;
  choice.hidden = false;

  function bytes(text) {
    var raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(raw, function (sign) { return sign.charCodeAt(0); });
  }
  function subscribe() {
    return navigator.serviceWorker.register("/sw.js").then(function () {
      return navigator.serviceWorker.ready;
    }).then(function (worker) {
      return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(form.dataset.push) });
    });
  }
  form.addEventListener("submit", function (event) {
    var button = form.querySelector("[type=submit]");
    if (!choice.querySelector("input").checked || field.value) return;
    event.preventDefault();
    refused.hidden = true;
    button.disabled = true;
    Notification.requestPermission().then(function (answer) {
      if (answer !== "granted") throw new Error(answer);
      return subscribe();
    }).then(function (subscription) {
      field.value = JSON.stringify(subscription);
      form.submit();
    }).catch(function () {
      button.disabled = false;
      refused.hidden = false;
      refused.setAttribute("tabindex", "-1");
      refused.focus();
    });
  });
})();
