// Optional: the villages nearest to where the reader is. The place is asked for only on a press of the
// button, compared here with the middles of all villages, and sent nowhere.
(function () {
  var box = document.querySelector("[data-near]");
  if (!box || !window.isSecureContext || !navigator.geolocation || !window.fetch) return;
  var words = box.dataset;
  var button = box.querySelector("button");
  var status = box.querySelector("[role=status]");
  var list = box.querySelector("ol");
  var lang = document.documentElement.lang;

  function kilometres(here, lat, lon) {
    var radian = Math.PI / 180;
    var across = (lon - here.longitude) * radian * Math.cos((lat + here.latitude) / 2 * radian);
    var down = (lat - here.latitude) * radian;
    return 6371 * Math.sqrt(across * across + down * down);
  }

  function say(text) {
    status.textContent = text;
    button.disabled = false;
  }

  function row(village) {
    var item = document.createElement("li");
    var link = item.appendChild(document.createElement("a"));
    var away = village.away < 1 ? words.close
      : village.away.toLocaleString(lang, { maximumFractionDigits: village.away < 10 ? 1 : 0 }) + " km";
    [village[0] + ", " + village[1], away].forEach(function (text) {
      link.appendChild(document.createElement("span")).textContent = text;
    });
    link.lastChild.className = "num";
    link.href = village[2];
    return item;
  }

  function show(villages, here) {
    villages.forEach(function (each) { each.away = kilometres(here, each[3], each[4]); });
    villages.sort(function (a, b) { return a.away - b.away; });
    list.textContent = "";
    villages.slice(0, 6).forEach(function (each) { list.appendChild(row(each)); });
    say(villages[0].away > 50 ? words.away : words.found);
  }

  box.hidden = false;
  button.addEventListener("click", function () {
    button.disabled = true;
    status.textContent = words.asking;
    navigator.geolocation.getCurrentPosition(function (found) {
      fetch(words.near).then(function (answer) {
        if (!answer.ok) throw new Error(answer.status);
        return answer.json();
      }).then(function (villages) { show(villages, found.coords); }).catch(function () { say(words.failed); });
    }, function (problem) {
      say(problem.code === 1 ? words.denied : words.failed);
    }, { timeout: 20000, maximumAge: 300000 });
  });
})();
