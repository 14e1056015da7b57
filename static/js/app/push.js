// Settings, Notifications: asks the browser for an address for pushes, and sends it along with the form.

import { t } from "../site.js";

const form = document.querySelector("form[data-push-key]");
const button = form?.querySelector("[data-enable]");
const said = document.getElementById("push-problem");

function say(text) {
  said.textContent = text;
  said.hidden = false;
}

function problem() {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
    return t("This browser doesn't support push notifications. On an iPhone or iPad, add this site to the home screen and open it there.");
  }
  if (Notification.permission === "denied") return t("Your browser blocks notifications from this site. Allow them in its settings first.");
  return "";
}

async function subscribe() {
  if (await Notification.requestPermission() !== "granted") {
    say(problem() || t("Notifications need your permission."));
    return;
  }
  await navigator.serviceWorker.register("/worker.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  const applicationServerKey = form.dataset.pushKey;
  let address;
  try {
    address = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  } catch (error) {
    // subscribed with the key of before
    if (error.name !== "InvalidStateError") throw error;
    await (await pushManager.getSubscription())?.unsubscribe();
    address = await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  }
  const { endpoint, keys } = address.toJSON();
  form.elements.endpoint.value = endpoint;
  form.elements.p256dh.value = keys.p256dh;
  form.elements.auth.value = keys.auth;
  form.submit();
}

if (form) {
  const found = problem();
  if (found) say(found);
  else if (button) {
    button.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      button.disabled = true;
      subscribe()
        .catch(() => say(t("Your browser could not get an address for notifications. Try again later.")))
        .finally(() => { button.disabled = false; delete form.dataset.sent; });
    });
  }
}
