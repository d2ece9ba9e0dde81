// News that the hub pushes (connectors/webpush): shown, and opened when touched. A browser wants something shown
// for every push, even one that cannot be read.
self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data.json();
  } catch (unreadable) {
    said = {};
  }
  event.waitUntil(self.registration.showNotification(said.title || HUB.name, {
    body: said.body || "",
    tag: said.tag || "kimhub",
    data: { url: said.url || "/" },
    icon: HUB.icon,
    requireInteraction: Boolean(said.urgent),
  }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = new URL(event.notification.data.url, self.location.origin);
  // nothing but the hub's own pages is opened
  if (url.origin === self.location.origin) event.waitUntil(self.clients.openWindow(url.href));
});
