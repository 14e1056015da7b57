// Passkeys: asks the browser for one, or for a new one, and sends its answer with the form (users/factors/services/webauthn.py reads it).

import { t } from "../site.js";

const form = document.querySelector("form[data-passkey]");
const said = form.querySelector("[data-said]");
const isNew = form.dataset.passkey === "create";
let waiting = null;

const encoded = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const decoded = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

function asked() {
  const options = JSON.parse(form.dataset.options);
  options.challenge = decoded(options.challenge);
  if (options.user) options.user.id = decoded(options.user.id);
  for (const one of options.excludeCredentials ?? []) one.id = decoded(one.id);
  return options;
}

function send({ rawId, response }) {
  form.elements.credential.value = JSON.stringify(
    isNew
      ? { client_data: encoded(response.clientDataJSON), attestation: encoded(response.attestationObject) }
      : {
        id: encoded(rawId),
        client_data: encoded(response.clientDataJSON),
        authenticator_data: encoded(response.authenticatorData),
        signature: encoded(response.signature),
        user_handle: encoded(response.userHandle ?? new ArrayBuffer(0)),
      },
  );
  form.submit();
}

function say(text) {
  said.textContent = text;
  said.hidden = false;
}

// A press asks at once; what waits in the field of the address has to end first.
async function press(event) {
  event.preventDefault();
  waiting?.abort();
  said.hidden = true;
  try {
    const publicKey = asked();
    send(await (isNew ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey })));
  } catch (error) {
    say(
      error.name === "InvalidStateError"
        ? t("This device already has a passkey of yours.")
        : t("Your browser did not return a passkey. Try again."),
    );
  } finally {
    delete form.dataset.sent;
  }
}

// Browsers offer the passkeys that they know in the field of the address, beside what they remember.
async function offer() {
  if (!await PublicKeyCredential.isConditionalMediationAvailable?.()) return;
  waiting = new AbortController();
  navigator.credentials
    .get({ publicKey: asked(), mediation: "conditional", signal: waiting.signal })
    .then(send, () => {});
}

if (window.PublicKeyCredential) {
  form.hidden = false;
  form.addEventListener("submit", press);
  if (!isNew && !document.querySelector("main [role=alert]:not([hidden])")) offer(); // what was refused is not offered again
} else if (isNew) {
  say(t("This browser doesn't support passkeys."));
}
