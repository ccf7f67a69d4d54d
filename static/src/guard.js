// Unsaved changes: <form data-guard> asks before the page is left. Escape, which gives up an inline edit or closes a dialog
// (dialog.js), is pressed by habit, too: the first time it only shows the form's [data-unsaved], which says so; the second time
// it gives up what was typed. So does the link that closes a dialog, which takes the whole form away; the cancel link of an
// inline edit is pressed on purpose and asks nothing.
import { $, $$, on, onArrival } from "./dom.js";

const dirty = new Set();
const guarded = () => { for (const form of dirty) if (!form.isConnected) dirty.delete(form); return dirty.size > 0; };

// leave lets the page go without a question: what was typed is kept elsewhere, or given up.
export const leave = () => dirty.clear();

// Who chose something and chose it back has nothing to lose: what a form says is compared with what it said when it came.
const came = new WeakMap();
const said = (form) => new URLSearchParams([...new FormData(form)].map(([name, value]) => [name, value.name ?? value])).toString();
onArrival(() => { for (const form of $$("form[data-guard]")) if (!came.has(form)) came.set(form, said(form)); });

on("input", "form[data-guard]", (form) => {
  if (came.get(form) === said(form)) dirty.delete(form); else dirty.add(form);
  const warning = $("[data-unsaved]", form);
  if (warning) warning.hidden = true;
});
// warned: the first attempt to give a form up shows what would be lost, and is stopped.
const warned = (form, event) => {
  const warning = dirty.has(form) && $("[data-unsaved][hidden]", form);
  if (!warning) return false;
  event.preventDefault();
  event.stopPropagation();
  warning.hidden = false;
  warning.scrollIntoView({ block: "nearest" });
  return true;
};
const within = (element) => { const dialog = element.closest?.("dialog:modal"); return dialog && $("form[data-guard]", dialog); };
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || event.target.getAttribute?.("aria-expanded") === "true") return; // an open list closes first
  warned(event.target.closest?.("form") ?? within($("dialog:modal") ?? event.target), event);
}, true);
addEventListener("cancel", (event) => warned(within(event.target), event), true); // a phone's way back closes a dialog without a key
addEventListener("click", (event) => { // before dialog.js hears of it
  const form = event.target.closest?.("[data-close]") && within(event.target);
  if (form && !warned(form, event)) dirty.delete(form);
}, true);
on("click", "[data-discard]", leave);
addEventListener("submit", (event) => { if (!event.defaultPrevented) dirty.delete(event.target); }); // it left by itself
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => { // before htmx follows HX-Redirect
  if (ctx.response.status < 400) dirty.delete(ctx.request.form);
});
let refused;
document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => { // refused: the form that comes back is still unsaved
  if (ctx.response?.status >= 400 && dirty.has(ctx.request.form)) refused = ctx.request.form.getAttribute("action");
});
document.addEventListener("htmx:after:swap", () => {
  const form = refused && document.querySelector(`form[data-guard][action="${CSS.escape(refused)}"]`);
  if (form) { dirty.add(form); came.set(form, undefined); } // it came with what was typed
  refused = undefined;
});
addEventListener("beforeunload", (event) => { if (guarded()) event.preventDefault(); });
