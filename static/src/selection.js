// Bulk selection: the checkbox in the head selects all rows, <output data-selected> tells how many.
import { $, $$, on, onArrival } from "./dom.js";

const boxes = (form) => $$("tbody .checkbox", form);
const tell = (form) => {
  const all = $("thead .checkbox", form), n = boxes(form).filter((box) => box.checked).length;
  if (all) { all.checked = n > 0 && n === boxes(form).length; all.indeterminate = n > 0 && !all.checked; }
  const output = $("[data-selected]", form);
  if (output) output.textContent = (output.dataset[new Intl.PluralRules(document.documentElement.lang || "en").select(n)] ?? output.dataset.other ?? "{n}").replace("{n}", n);
};
on("change", "form[data-bulk] .checkbox", (box) => {
  if (box.closest("thead")) boxes(box.form).forEach((row) => { row.checked = box.checked; });
  tell(box.form);
});
onArrival(() => $$("form[data-bulk]").forEach(tell));
