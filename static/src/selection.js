// Bulk selection: the checkbox in the head selects all rows, <output data-selected> tells how many. Where the list has a
// name, what is selected outlives paging, sorting and searching: it stays in this tab until it is put to use or let go of.
import { $, $$, on, onArrival } from "./dom.js";

const boxes = (area) => $$("tbody .checkbox", area);
const key = (area) => area.dataset.bulk && `selected:${area.dataset.bulk}:${document.body.dataset.user}`;
const kept = (area) => { try { return new Set(JSON.parse(sessionStorage.getItem(key(area)) ?? "[]")); } catch { return new Set(); } };
const keep = (area, ids) => { try { sessionStorage.setItem(key(area), JSON.stringify([...ids])); } catch { /* no room: then it is this page's alone */ } };
const elsewhere = (area) => {
  if (!key(area)) return [];
  const here = new Set(boxes(area).map((box) => box.value));
  return [...kept(area)].filter((id) => !here.has(id));
};

const tell = (area) => {
  const all = $("thead .checkbox", area), here = boxes(area), away = elsewhere(area).length;
  const picked = here.filter((box) => box.checked).length, n = picked + away;
  if (all) { all.hidden = false; all.checked = picked > 0 && picked === here.length; all.indeterminate = picked > 0 && !all.checked; }
  const output = $("[data-selected]", area);
  if (output) output.textContent = everybody(area)?.dataset.says ?? (output.dataset[new Intl.PluralRules(document.documentElement.lang || "en").select(n)] ?? output.dataset.other ?? "{n}").replace("{n}", n);
  area.toggleAttribute("data-elsewhere", away > 0);
  const none = $("[data-unselect]", area), most = $("[data-most]", area);
  if (none) none.hidden = n === 0 && !everybody(area);
  if (most) most.hidden = n <= Number(most.dataset.most) || Boolean(everybody(area));
};
const everybody = (area) => $("[name=all]:checked", area);
const remember = (area) => {
  if (!key(area)) return;
  const ids = kept(area);
  boxes(area).forEach((box) => (box.checked ? ids.add(box.value) : ids.delete(box.value)));
  keep(area, ids);
};

on("change", "[data-bulk] .checkbox", (box) => {
  const area = box.closest("[data-bulk]");
  if (box.closest("thead")) boxes(area).forEach((row) => { row.checked = box.checked; });
  remember(area);
  tell(area);
});
on("click", "[data-unselect]", (button) => {
  const area = button.closest("[data-bulk]"), all = $("[name=all]", area);
  boxes(area).forEach((row) => { row.checked = false; });
  if (all) all.checked = false;
  keep(area, []);
  tell(area);
  $("thead .checkbox", area)?.focus();
});
on("submit", "[data-bulk] form", (form, event) => {
  const most = $("[data-most]", form);
  if (most && !most.hidden) event.preventDefault();
});
document.addEventListener("formdata", ({ target, formData }) => { // those of other pages go along, or none where all are meant
  const area = target.closest("[data-bulk]"), name = area && boxes(area)[0]?.name;
  if (!name || boxes(area)[0].form !== target) return;
  if (everybody(area)) formData.delete(name);
  else elsewhere(area).forEach((id) => formData.append(name, id));
});

const restore = () => {
  $$("[data-bulk-done]").forEach((page) => sessionStorage.removeItem(`selected:${page.dataset.bulkDone}:${document.body.dataset.user}`));
  $$("[data-bulk]").forEach((area) => {
    if (key(area)) {
      const ids = kept(area);
      boxes(area).forEach((box) => { box.checked = ids.has(box.value); });
    }
    tell(area);
  });
};
onArrival(restore);
addEventListener("pageshow", (event) => event.persisted && restore()); // gone back to, as it was left
