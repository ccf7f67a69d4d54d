// Toasts: notices that leave by themselves, and the one error toast for what could not be swapped into the page.
import { $, $$, on, onArrival } from "./dom.js";

const shown = new WeakSet();
onArrival(() => $$("[data-toast]").forEach((toast) => {
  if (shown.has(toast)) return;
  shown.add(toast);
  setTimeout(() => toast.remove(), 6000);
}));
on("click", "[data-dismiss]", (button) => button.closest(".alert")?.remove());

// What says "Saved" beside a value leaves, too, and at once where something else is saved. A screen reader has read it by
// then; the value stays.
let saved;
onArrival(() => $$(".saved").forEach((note) => {
  if (shown.has(note)) return;
  shown.add(note);
  if (saved) fade(saved);
  saved = note;
  setTimeout(() => fade(note), 6000);
}));
function fade(note) {
  note.closest(".just-saved")?.classList.remove("just-saved");
  note.toggleAttribute("data-fading", true);
  setTimeout(() => note.remove(), matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 600);
}

// notice shows a text for as long as the reader leaves it there.
export function notice(text) {
  const toast = fromTemplate("toast-notice");
  if (!toast || !text) return;
  $("[data-toast-text]", toast).textContent = text;
  $("#toasts")?.append(toast);
}

let failed; // at most one: a panel that asks every 15 seconds must not fill the screen
export function failure({ status, request, offline } = {}) {
  const toast = fromTemplate("toast-error");
  if (!toast) return;
  const text = $("[data-toast-text]", toast);
  text.textContent = (offline ? text.dataset.offline : text.dataset[`status${status}`]) ?? text.textContent;
  const reference = $("[data-toast-request]", toast);
  if (reference && request) { $("code", reference).textContent = request; reference.hidden = false; }
  failed?.remove();
  failed = toast;
  $("#toasts")?.append(toast);
}

const fromTemplate = (id) => document.getElementById(id)?.content.firstElementChild.cloneNode(true);

const quiet = (ctx) => ctx?.sourceElement?.closest?.("[data-quiet]"); // asked by itself: nobody waits for it

// An answer that says no and is not swapped would otherwise be silent. One that leads elsewhere speaks for itself there.
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const { response, hx } = ctx;
  if (!response || response.status < 400 || hx?.redirect || hx?.location || ctx.swap !== "none" || quiet(ctx)) return;
  failure({ status: response.status, request: response.headers.get("X-Request-ID") });
});

let leaving = false; // a page that is left cuts its requests off; that is no failure
addEventListener("beforeunload", () => { leaving = true; setTimeout(() => { leaving = false; }, 3000); });
document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (!ctx?.response && leaving || quiet(ctx)) return;
  failure({ offline: !ctx?.response });
});
