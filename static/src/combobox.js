// A long <select data-combobox> (420 time zones) becomes a search field over the same options.
//
// Why not the plain parts: a select of 420 finds by first letters only, and on phones it is a wheel; <datalist> takes any
// text, shows values instead of names in some browsers, and is read out poorly. So: the editable combobox with a listbox
// of the ARIA practices. The select stays in the form, hidden, and holds the value; without script it is simply used.
//
// Keyboard: type to narrow (accents and case do not matter, words in any order); arrows, Home and End move; Enter or Tab
// takes; Escape closes and puts the old name back. Options may carry data-search with more words, such as a country.
//
// A select that came by a swap holds the chosen option alone and says in data-options where the others are; they are
// fetched when it is first opened. A page has them all, so that it works without script.
import { $, $$, onArrival } from "./dom.js";

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[_/]/g, " ");
const boxes = new WeakMap(); // search field → its parts

onArrival(() => $$("select[data-combobox]").forEach((select) => {
  if (!select.hidden) enhance(select);
}));

function enhance(select) {
  const id = select.id || select.name;
  const input = document.createElement("input"), list = document.createElement("ul"), wrap = document.createElement("div");
  const attributes = { id, type: "text", class: "input", role: "combobox", autocomplete: "off", autocapitalize: "off", spellcheck: "false", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${id}-list`, "data-combobox": "search" };
  for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
  for (const name of ["aria-describedby", "aria-invalid", "aria-label", "aria-labelledby"]) if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name));
  list.id = `${id}-list`;
  list.setAttribute("role", "listbox");
  const label = select.labels[0];
  if (label) list.setAttribute("aria-labelledby", label.id ||= `${id}-label`);
  list.hidden = true;
  wrap.className = "combobox";

  select.removeAttribute("id"); // the label, and links from the error summary, now lead to the search field
  select.hidden = true;
  select.required = false; // a hidden field cannot say what is wrong with it; the server does
  select.after(wrap);
  wrap.append(input, list);
  boxes.set(input, { select, list, words: new Map() });
  input.value = nameOf(select);
  if (select.autofocus) input.focus();
  select.addEventListener("input", () => { if (document.activeElement !== input) input.value = nameOf(select); }); // set from elsewhere
}

const nameOf = (select) => select.selectedOptions[0]?.label.trim() ?? "";
const boxOf = (event) => event.target.dataset?.combobox === "search" && boxes.get(event.target);

// complete fetches the options that a swapped select left out, and shows the list again once they are there.
async function complete(input, box) {
  const { select } = box, from = select.dataset.options;
  delete select.dataset.options;
  const answer = await fetch(from, { headers: { "X-Page-Lang": document.documentElement.lang, "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) { select.dataset.options = from; return; } // tried again at the next opening
  select.insertAdjacentHTML("beforeend", await answer.text());
  if (!box.list.hidden) open(input, box, input.value === nameOf(select) ? "" : input.value);
}

// open shows the options that match, each as a copy of the select's.
function open(input, box, query) {
  if (box.select.dataset.options) complete(input, box);
  const wanted = plain(query).split(/\s+/).filter(Boolean);
  const values = new Set(); // a select may begin with its current option and hold it again in the list
  const items = [...box.select.options].filter((option) => {
    if (!option.value || values.has(option.value)) return false;
    values.add(option.value);
    if (!box.words.has(option)) box.words.set(option, plain(`${option.label} ${option.value} ${option.dataset.search ?? ""} ${option.parentElement.label ?? ""}`));
    return wanted.every((word) => box.words.get(option).includes(word));
  }).map((option) => {
    const item = document.createElement("li");
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    item.id = `${box.list.id}-${option.index}`;
    item.dataset.index = option.index;
    if (option.selected) item.dataset.current = "";
    item.textContent = option.label.trim();
    return item;
  });
  if (!items.length) {
    const none = document.createElement("li");
    none.className = "none";
    none.setAttribute("role", "option");
    none.setAttribute("aria-disabled", "true");
    none.textContent = box.select.dataset.none ?? "";
    box.list.replaceChildren(none);
  } else box.list.replaceChildren(...items);
  box.list.hidden = false;
  input.setAttribute("aria-expanded", "true");
  point(input, box, query ? items[0] : items.find((item) => "current" in item.dataset) ?? null);
}

function close(input, box) {
  box.list.hidden = true;
  box.list.replaceChildren();
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

// point moves the highlight; the focus stays in the field.
function point(input, box, item) {
  $('[aria-selected="true"]', box.list)?.setAttribute("aria-selected", "false");
  if (!item) return input.removeAttribute("aria-activedescendant");
  item.setAttribute("aria-selected", "true");
  input.setAttribute("aria-activedescendant", item.id);
  item.scrollIntoView({ block: "nearest" });
}

const pointed = (box) => $('[aria-selected="true"]', box.list);

function take(input, box, item) {
  if (item && box.select.selectedIndex !== Number(item.dataset.index)) {
    box.select.selectedIndex = Number(item.dataset.index);
    for (const type of ["input", "change"]) box.select.dispatchEvent(new Event(type, { bubbles: true })); // guard, mirror, hx-trigger
  }
  close(input, box);
  input.value = nameOf(box.select);
}

addEventListener("pageshow", () => $$('[data-combobox="search"]').forEach((input) => { input.value = nameOf(boxes.get(input).select); })); // the browser brought old values back

document.addEventListener("input", (event) => {
  const box = boxOf(event);
  if (box) { event.stopPropagation(); open(event.target, box, event.target.value); }
}, true);

document.addEventListener("click", (event) => {
  const box = boxOf(event);
  if (box && box.list.hidden) { event.target.select(); open(event.target, box, ""); }
});

document.addEventListener("pointerdown", (event) => { // before the field loses its focus
  const item = event.target.closest?.(".combobox [role=option]");
  if (!item) return;
  event.preventDefault();
});
document.addEventListener("click", (event) => {
  const item = event.target.closest?.(".combobox [role=option]");
  const input = item && $("input", item.closest(".combobox"));
  if (input && item.dataset.index) take(input, boxes.get(input), item);
});

document.addEventListener("focusout", (event) => {
  const box = boxOf(event);
  if (box) take(event.target, box, event.target.value && !box.list.hidden ? pointed(box) : null);
});

document.addEventListener("keydown", (event) => {
  const box = boxOf(event), input = event.target;
  if (!box || event.isComposing || event.ctrlKey || event.metaKey) return;
  const shut = box.list.hidden, items = shut ? [] : [...box.list.children].filter((item) => item.dataset.index), at = items.indexOf(pointed(box));
  switch (event.key) {
    case "ArrowDown":
    case "ArrowUp": {
      event.preventDefault();
      if (shut) return open(input, box, "");
      const step = event.key === "ArrowDown" ? 1 : -1;
      return point(input, box, items[at < 0 ? (step > 0 ? 0 : items.length - 1) : (at + step + items.length) % items.length]);
    }
    case "PageDown":
    case "PageUp":
      if (shut) return;
      event.preventDefault();
      return point(input, box, items[Math.max(0, Math.min(items.length - 1, at + (event.key === "PageDown" ? 8 : -8)))]);
    case "Enter":
      if (shut) return; // sends the form, as in any field
      event.preventDefault();
      return take(input, box, pointed(box));
    case "Escape":
      if (shut) return;
      event.preventDefault();
      close(input, box);
      input.value = nameOf(box.select);
      return input.select();
  }
});
