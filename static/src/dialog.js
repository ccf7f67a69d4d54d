// Dialogs come as HTML, with the page or by htmx, and are shown as soon as they are there. Also here: where the reader
// goes next, and the Escape that gives up an edit.
import { $, $$, on, onArrival } from "./dom.js";

onArrival(() => {
  $$("dialog[data-autoshow]:not(:modal)").forEach((dialog) => {
    if (dialog.dataset.autoshow === "shown") return;
    dialog.dataset.autoshow = "shown";
    dialog.removeAttribute("open");
    const menu = document.activeElement?.closest("[popover]:popover-open"); // asked for from a menu: back to its button afterwards
    if (menu) { menu.hidePopover(); $(`[popovertarget="${menu.id}"]:not([popovertargetaction="hide"])`)?.focus(); }
    dialog.showModal();
  });
  $$(":is(.tabnav, .rail) [aria-current]").forEach((link) => { // the current tab, where the line is wider than the phone
    const line = link.closest("ul, ol, nav");
    if (line && line.scrollWidth > line.clientWidth) line.scrollLeft = link.offsetLeft - line.offsetLeft - (line.clientWidth - link.offsetWidth) / 2;
  });
  const next = $("[data-focus]");
  if (next) { next.removeAttribute("data-focus"); next.focus(); }
});

const brought = (element) => element.closest("#dialog");
on("click", "[data-close]", (link, event) => {
  if (!brought(link)) return; // on a page of its own the link is followed
  event.preventDefault();
  link.closest("dialog").close();
});
document.addEventListener("cancel", (event) => { // Escape on a page of its own: there is nothing behind the dialog
  const link = !brought(event.target) && event.target.matches?.("dialog[data-autoshow]") && $("[data-close]", event.target);
  if (link) { event.preventDefault(); link.click(); }
}, true);
let opener; // where the keyboard goes on, also when an answer took the dialog's place and the browser has forgotten it
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => { if (!brought(ctx.sourceElement) && ctx.sourceElement.getAttribute("hx-target") === "#dialog") opener = ctx.sourceElement; });
document.addEventListener("close", (event) => {
  if (!brought(event.target)) return;
  event.target.remove();
  if (document.activeElement === document.body) opener?.focus();
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && !event.isComposing) {
    const cancel = event.target.closest?.("form") && $("[data-cancel]", event.target.closest("form"));
    if (cancel) { event.preventDefault(); cancel.click(); }
  }
});
