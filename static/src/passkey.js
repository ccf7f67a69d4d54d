// Passkeys (WebAuthn). The server says what to ask the browser for, in data-passkey-ask, and checks the answer, which goes back
// in the form's field "passkey". Without script, or in a browser that has none, whatever needs them stays hidden.
//
//   <form data-passkey-only hidden> or a block in one      shown where the browser has passkeys; [data-passkey-missing] where not
//     <input type="hidden" name="passkey">
//     <button type="button" data-passkey="get" or "create" data-passkey-ask='JSON'>    asks, fills the field in, and sends the form
//     data-passkey-waits            besides, the browser offers passkeys where the name is typed (conditional mediation)
//     <p role="alert" data-passkey-failed hidden>             when the reader gave up, or the browser could not
import { $, $$, on, onArrival } from "./dom.js";

const there = Boolean(window.PublicKeyCredential && navigator.credentials);
let waiting; // the offer beside the name: one at a time may be under way

onArrival(() => {
  for (const part of $$(there ? "[data-passkey-only]" : "[data-passkey-missing]")) part.hidden = false;
  if (there && !waiting) offer($("[data-passkey-waits]"));
});

on("click", "[data-passkey]", async (button) => {
  waiting?.abort();
  const form = button.closest("form"), failed = $("[data-passkey-failed]", form);
  failed.hidden = true;
  try {
    const publicKey = options(button);
    send(form, await (button.dataset.passkey === "create" ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey })));
  } catch {
    failed.hidden = false;
  }
});

async function offer(button) {
  if (!button || !(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  waiting = new AbortController();
  try {
    send(button.closest("form"), await navigator.credentials.get({ mediation: "conditional", signal: waiting.signal, publicKey: options(button) }));
  } catch { /* another way was taken */ }
}

function send(form, credential) {
  $("[name=passkey]", form).value = JSON.stringify(plain(credential));
  form.requestSubmit();
}

// options are the server's, with bytes where WebAuthn wants them.
function options(button) {
  const o = JSON.parse(button.dataset.passkeyAsk);
  o.challenge = bytes(o.challenge);
  if (o.user) o.user.id = bytes(o.user.id);
  for (const list of [o.allowCredentials, o.excludeCredentials]) for (const key of list ?? []) key.id = bytes(key.id);
  return o;
}

// plain is a credential as JSON, as its own toJSON would say it, which browsers of last year do not have.
function plain({ id, rawId, type, authenticatorAttachment, response }) {
  const said = { clientDataJSON: text(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) if (response[name]) said[name] = text(response[name]);
  if (response.getTransports) said.transports = response.getTransports();
  return { id, rawId: text(rawId), type, authenticatorAttachment: authenticatorAttachment ?? undefined, response: said, clientExtensionResults: {} };
}

const bytes = (base64url) => Uint8Array.from(atob(base64url.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
