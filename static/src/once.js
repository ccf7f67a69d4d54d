// An unsafe request under way is not sent a second time by an impatient click or Enter (B-15). The button keeps its
// focus: it is never disabled. The server's verbs are idempotent all the same; this spares the reader a second answer.
import { changes } from "./dom.js";

const under = new Map(); // htmx's request → the element that sent it
const plain = new WeakMap(); // a form that left by itself → when
const patience = 10_000; // a plain answer may be a download, which leaves the page standing

const sending = (element) => [...under.values()].includes(element) || performance.now() - (plain.get(element) ?? -Infinity) < patience;
const stop = (event) => { event.preventDefault(); event.stopImmediatePropagation(); };

document.addEventListener("submit", (event) => { if (changes(event.target) && sending(event.target)) stop(event); }, true);
document.addEventListener("click", (event) => {
  const sender = event.target.closest?.("[hx-post], [hx-put], [hx-patch], [hx-delete]");
  if (sender && sender.localName !== "form" && sending(sender)) stop(event);
}, true);

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => { if (changes(ctx.sourceElement)) under.set(ctx, ctx.sourceElement); });
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (!ctx.hx?.redirect) under.delete(ctx); // on the way to another page, it stays closed
});
addEventListener("submit", (event) => { if (!event.defaultPrevented && changes(event.target)) plain.set(event.target, performance.now()); });
addEventListener("pageshow", (event) => { // back by the browser's button: everything may be sent again
  if (!event.persisted) return;
  under.clear();
  for (const form of document.forms) plain.delete(form);
});
