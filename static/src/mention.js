// Calling people in a comment: <textarea data-mentions="URL" data-people="NAME OF THE LIST">. After an @ a list offers those who can be
// called, by URL?q=; the list comes as HTML, one <li role="option" data-handle="TEXT"> each. The focus stays in the text,
// as in combobox.js: arrows point, Enter and Tab take, Escape closes. A textarea has no role of a combobox: it says which line is
// pointed at by aria-activedescendant, and how many there are is said beside it.
import { $, $$, on } from "./dom.js";

const lists = new WeakMap();

// at is where the @ stands that is being written, and what follows it up to the caret.
function at(text) {
  const before = text.value.slice(0, text.selectionStart), found = /(?:^|[^\p{L}\p{N}])@([\p{L}\p{M}\p{N}.'’_-]{0,40}(?: [\p{L}\p{M}\p{N}.'’_-]{1,40})?)$/u.exec(before);
  return found && { from: before.length - found[1].length, word: found[1] };
}

function listOf(text) {
  let list = lists.get(text);
  if (list?.isConnected) return list;
  const wrap = document.createElement("div"), said = document.createElement("p");
  list = document.createElement("ul");
  list.id = `${text.id}-people`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", text.dataset.people);
  list.hidden = true;
  wrap.className = "combobox mentions";
  said.className = "sr-only";
  said.setAttribute("role", "status");
  text.setAttribute("aria-autocomplete", "list");
  text.setAttribute("aria-controls", list.id);
  text.after(wrap);
  wrap.append(list, said);
  lists.set(text, list);
  return list;
}

let timer, asked = 0;
on("input", "[data-mentions]", (text) => {
  const place = at(text), list = listOf(text);
  clearTimeout(timer);
  if (!place) return close(text);
  const turn = ++asked;
  timer = setTimeout(async () => {
    const answer = await fetch(`${text.dataset.mentions}?q=${encodeURIComponent(place.word)}`, { headers: { "HX-Request": "true", "X-Page-Lang": document.documentElement.lang } })
      .then((response) => response.ok && response.text()).catch(() => "");
    if (turn !== asked || !answer || document.activeElement !== text) return;
    const found = new DOMParser().parseFromString(answer, "text/html").querySelector("ul");
    list.replaceChildren(...(found?.children ?? []));
    list.hidden = !list.children.length;
    list.nextElementSibling.textContent = found?.dataset.said ?? "";
    point(text, list.firstElementChild);
  }, 120);
});

function close(text) {
  asked++;
  clearTimeout(timer);
  const list = lists.get(text);
  if (!list || list.hidden) return;
  list.hidden = true;
  list.replaceChildren();
  list.nextElementSibling.textContent = "";
  text.removeAttribute("aria-activedescendant");
}

function point(text, item) {
  const list = lists.get(text);
  $('[aria-selected="true"]', list)?.setAttribute("aria-selected", "false");
  if (!item) return text.removeAttribute("aria-activedescendant");
  item.setAttribute("aria-selected", "true");
  text.setAttribute("aria-activedescendant", item.id);
  item.scrollIntoView({ block: "nearest" });
}

function take(text, item) {
  const place = at(text);
  close(text);
  if (!place) return;
  text.setRangeText(`${item.dataset.handle} `, place.from, text.selectionStart, "end");
  text.dispatchEvent(new Event("input", { bubbles: true })); // counter and guard follow
  close(text);
}

on("keydown", "[data-mentions]", (text, event) => {
  const list = lists.get(text);
  if (!list || list.hidden || event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
  const items = $$("li", list), now = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
  const to = { ArrowDown: now + 1, ArrowUp: now - 1 }[event.key];
  if (to !== undefined) point(text, items.at(to % items.length));
  else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && now >= 0) take(text, items[now]);
  else if (event.key === "Escape") close(text);
  else return;
  event.preventDefault();
  event.stopPropagation(); // an Escape here gives up no edit
}, true);
on("mousedown", ".mentions li", (item, event) => {
  event.preventDefault(); // the text keeps the focus
  take(item.closest(".mentions").previousElementSibling, item);
});
document.addEventListener("focusout", (event) => { if (event.target.matches?.("[data-mentions]")) close(event.target); });
