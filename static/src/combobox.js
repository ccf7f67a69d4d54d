// A long <select data-combobox> (420 time zones) becomes a search field over the same options.
//
// Why not the plain parts: a select of 420 finds by first letters only, and on phones it is a wheel; <datalist> takes any
// text, shows values instead of names in some browsers, and is read out poorly. So: the editable combobox with a listbox
// of the ARIA practices. The select stays in the form, hidden, and holds the value; without script it is simply used.
//
// Keyboard: type to narrow (accents and case do not matter, words in any order); arrows, Home and End move; Enter or Tab
// takes; Escape closes and puts the old name back. What stands first is what is most likely meant: whole words before
// beginnings of words before what stands within one, a name that begins with what was typed before others; "gmt+1" and
// "-5" are read as the offsets that the names end in.
//
// What matches nothing stays in the field when it is left, the text in data-unknown says so beneath it,
// and it is what the form sends: the server refuses it in the same words, and nothing else is saved for it.
//
// data-options says where the options are with more words to search by, such as former names: a line each of value, name
// and words, apart by tabs. They are fetched when the list is first opened. A page has all the options without them, so that it works without script; a
// select that came by a swap holds the chosen one alone.
import { $, $$, onArrival } from "./dom.js";

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[−–]/g, "-");
const wordsOf = (text) => plain(text).split(/[^\p{L}\p{N}+:-]+/u).flatMap((word) => (/^(utc|gmt)?[+-]/.test(word) ? word : word.split(/[+:-]+/))).filter(Boolean);
// wantedIn reads what was typed; an offset is also the word that it is in the names: "utc-05:00".
const wantedIn = (query) => wordsOf(query).map((word) => {
  const [, sign, hours, minutes = "00"] = /^(?:utc|gmt)?([+-])(\d{1,2}?)(?::?(\d\d))?$/.exec(word) ?? [];
  return { word, whole: sign ? `utc${sign}${hours.padStart(2, "0")}:${minutes}` : word };
});
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
  const box = { select, list, words: new Map() };
  boxes.set(input, box);
  input.value = nameOf(select);
  if (select.getAttribute("aria-invalid") === "true") box.unknown = select.selectedOptions[0]; // refused by the server: no choice
  if (select.autofocus) input.focus();
  select.addEventListener("input", () => { if (document.activeElement !== input) input.value = nameOf(select); }); // set from elsewhere
}

const nameOf = (select) => select.selectedOptions[0]?.label.trim() ?? "";
const boxOf = (event) => event.target.dataset?.combobox === "search" && boxes.get(event.target);

// complete fetches the options that a swapped select left out, and shows the list again once they are there.
async function complete(input, box) {
  const { select } = box, from = select.dataset.options;
  delete select.dataset.options;
  box.hasty = false;
  box.loading = true;
  const options = await fetch(from, { headers: { "X-Page-Lang": document.documentElement.lang, "HX-Request": "true" } }).then((answer) => answer.ok && answer.text()).catch(() => "");
  box.loading = false;
  if (!options) { select.dataset.options = from; return; } // tried again at the next opening
  const there = Map.groupBy([...select.options].filter((option) => option !== box.unknown), (option) => option.value);
  for (const line of options.trimEnd().split("\n")) {
    const [value, name, words = ""] = line.split("\t");
    if (!there.has(value)) {
      const option = new Option(name, value);
      there.set(value, [option]);
      select.append(option);
    }
    for (const option of there.get(value)) option.dataset.search = words;
  }
  box.words.clear();
  if (!box.list.hidden) open(input, box, input.value === nameOf(select) ? "" : input.value);
  else if (box.hasty && box.unknown && document.activeElement !== input) { // it was left before it could be known
    const likely = input.value.trim() && matching(box, input.value)[0];
    if (likely) choose(input, box, likely);
  }
}

// matching are the options for a query, the likeliest first; all of them, in their order, for none.
function matching(box, query) {
  const wanted = wantedIn(query), start = plain(query).trim();
  const values = new Set(); // a select may begin with its current option and hold it again in the list
  const found = [];
  for (const option of box.select.options) {
    if (!option.value || option === box.unknown || values.has(option.value)) continue;
    values.add(option.value);
    if (!box.words.has(option)) box.words.set(option, { name: wordsOf(option.label), other: wordsOf(`${option.value} ${option.dataset.search ?? ""} ${option.parentElement.label ?? ""}`) });
    const { name, other } = box.words.get(option);
    const costs = wanted.map(({ word, whole }) => {
      if (name.includes(whole) || other.includes(whole)) return 0;
      if (name.some((its) => its.startsWith(word))) return 1;
      if (other.some((its) => its.startsWith(word))) return 2;
      return [...name, ...other].some((its) => its.includes(word)) ? 3 : Infinity;
    });
    const cost = costs.reduce((sum, one) => sum + one, 0);
    if (cost < Infinity) found.push({ option, cost: 2 * cost + (plain(option.label).startsWith(start) ? 0 : 1) });
  }
  return found.sort((a, b) => a.cost - b.cost).map(({ option }) => option);
}

// open shows the options that match, each as a copy of the select's.
function open(input, box, query) {
  if (box.select.dataset.options) complete(input, box);
  const items = matching(box, query).map((option) => {
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
  close(input, box);
  if (!item) return;
  choose(input, box, box.select.options[item.dataset.index]);
}

function choose(input, box, option) {
  const { select, unknown } = box, other = option !== select.selectedOptions[0];
  option.selected = true;
  if (unknown && unknown !== option) { unknown.remove(); delete box.unknown; }
  released(() => complain(input, box));
  input.value = nameOf(select);
  if (other) for (const type of ["input", "change"]) select.dispatchEvent(new Event(type, { bubbles: true })); // guard, mirror, hx-trigger
}

// leave takes what is pointed at, or else what was typed, whatever it is.
function leave(input, box) {
  const { select, list } = box, typed = input.value.trim();
  const item = typed && !list.hidden && pointed(box);
  if (item) return take(input, box, item);
  const shut = list.hidden;
  close(input, box);
  if (typed === nameOf(select)) return;
  const likely = typed ? shut && matching(box, typed)[0] : [...select.options].find((option) => !option.value && option !== box.unknown);
  if (likely) return choose(input, box, likely);
  const unknown = new Option(typed, typed);
  select.append(unknown);
  box.unknown?.remove();
  box.unknown = unknown;
  box.hasty = box.loading;
  choose(input, box, unknown);
}

// released waits for a pressed pointer: a line that comes or goes beneath it would move the button away from its click.
let pressed = false;
for (const [type, is] of [["pointerdown", true], ["pointerup", false], ["pointercancel", false]]) addEventListener(type, () => { pressed = is; }, true);
const released = (react) => (pressed ? addEventListener("pointerup", () => setTimeout(react), { once: true, capture: true }) : react());

// complain says beneath the field that what stands in it is no choice, or takes that back.
function complain(input, { select, unknown }) {
  const wrong = !!unknown;
  const ids = new Set((input.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  const said = document.getElementById(`${input.id}-error`); // by the server
  if (said && !wrong) { said.remove(); ids.delete(said.id); }
  if (wrong) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  const id = `${input.id}-unknown`, note = document.getElementById(id);
  if (wrong && !said && !note && select.dataset.unknown) {
    const line = document.createElement("p");
    line.id = id;
    line.className = "error";
    line.setAttribute("role", "alert");
    const icon = $("svg.icon").cloneNode(true); // any of the page's, with another picture
    icon.firstElementChild.setAttribute("href", icon.firstElementChild.getAttribute("href").replace(/#.*/, "#circle-alert"));
    line.append(icon, select.dataset.unknown);
    input.parentElement.after(line);
    ids.add(id);
  } else if (!wrong) {
    note?.remove();
    ids.delete(id);
  }
  if (ids.size) input.setAttribute("aria-describedby", [...ids].join(" "));
  else input.removeAttribute("aria-describedby");
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
  if (box) leave(event.target, box);
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
      return pointed(box) ? take(input, box, pointed(box)) : leave(input, box);
    case "Escape":
      if (shut) return;
      event.preventDefault();
      close(input, box);
      input.value = nameOf(box.select);
      return input.select();
  }
});
