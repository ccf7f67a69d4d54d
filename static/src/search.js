// The search at the top of every page, and its keys: "/" and Ctrl-K (⌘-K) go there from anywhere.
//
//   <input type="search" id="q" data-suggestions="URL">, and after it
//   <div id="q-list" role="listbox" hidden></div><p id="q-said" role="status"></p>
//
// It suggests as one types, by URL?q=: HTML with one [role=option] for each, and data-href where it leads. The focus stays in
// the field, as in combobox.js: arrows point, Enter follows, or sends the form when nothing is pointed at, and Escape closes;
// once more, and the focus is where it was before the keys. Without script the form is sent.
import { $, $$, on } from "./dom.js";

let from; // what had the focus before one of the keys
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.isComposing || $("dialog:modal")) return;
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]"), command = event.ctrlKey || event.metaKey;
  if (command ? event.key !== "k" : event.key !== "/" || typing) return;
  const field = $("#q");
  if (!field) return;
  event.preventDefault();
  if (document.activeElement !== field) from = document.activeElement;
  document.querySelectorAll("[popover]:popover-open").forEach((open) => open.hidePopover());
  field.focus();
  field.select();
});

let timer, turn = 0;
const list = () => $("#q-list"), said = (text) => { $("#q-said").textContent = text; };
const options = () => $$('[role="option"][data-href]', list()), pointed = () => $('[aria-selected="true"]', list());
const looksFor = (field) => field.value.trim();

on("input", "#q[data-suggestions]", (field) => {
  clearTimeout(timer);
  if ([...looksFor(field)].length < 2) return close(field);
  const mine = ++turn;
  timer = setTimeout(async () => {
    const answer = await fetch(`${field.dataset.suggestions}?q=${encodeURIComponent(looksFor(field))}`, { headers: { "HX-Request": "true", "X-Page-Lang": document.documentElement.lang } })
      .then((response) => response.ok && response.text()).catch(() => "");
    if (mine !== turn || !answer || document.activeElement !== field) return;
    const found = new DOMParser().parseFromString(answer, "text/html").body.firstElementChild;
    list().replaceChildren(...found.children);
    $$('[role="option"]', list()).forEach((option, i) => { option.id = `q-${i}`; });
    list().hidden = false;
    field.setAttribute("aria-expanded", "true");
    field.removeAttribute("aria-activedescendant");
    said(found.dataset.said);
  }, 150);
});

function close(field) {
  turn++;
  clearTimeout(timer);
  if (list().hidden) return;
  list().hidden = true;
  list().replaceChildren();
  said("");
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function point(field, option) {
  pointed()?.setAttribute("aria-selected", "false");
  if (!option) return field.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  field.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

on("keydown", "#q[data-suggestions]", (field, event) => {
  if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
  const all = list().hidden ? [] : options(), at = all.indexOf(pointed());
  if (event.key === "Escape") {
    if (!list().hidden) close(field);
    else if (!field.value && from?.isConnected) { from.focus(); from = null; }
    else return; // the browser empties the field
  } else if (event.key === "Enter") {
    if (at < 0) return close(field); // the form is sent
    location.assign(all[at].dataset.href);
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    if (!all.length) {
      if (event.key === "ArrowDown") field.dispatchEvent(new Event("input", { bubbles: true }));
      return;
    }
    const down = event.key === "ArrowDown"; // past the last, and before the first, is the field itself
    point(field, all[down ? at + 1 : at < 0 ? all.length - 1 : at - 1]);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

on("mousedown", "#q-list", (_, event) => event.preventDefault()); // the field keeps the focus
on("click", "#q-list [data-href]", (option, event) => {
  if (event.ctrlKey || event.metaKey) open(option.dataset.href, "_blank", "noopener");
  else location.assign(option.dataset.href);
});
document.addEventListener("focusout", (event) => { if (event.target.matches?.("#q[data-suggestions]")) close(event.target); });
addEventListener("pageshow", () => { const field = $("#q[data-suggestions]"); if (field) close(field); });
