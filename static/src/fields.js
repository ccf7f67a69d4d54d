// Small helps while typing.
import { $, $$, number, on, onArrival } from "./dom.js";

const count = (field) => {
  const output = document.getElementById(field.dataset.counter);
  if (!output) return;
  const most = Number(field.dataset.max) || field.maxLength, length = [...field.value].length; // characters, as the server counts
  output.textContent = `${number(length)} / ${number(most)}`;
  output.toggleAttribute("data-over", length > most);
};
on("input", "[data-counter]", count);
onArrival(() => $$("[data-counter]").forEach(count));

on("input", "[data-mirror]", (field) => {
  const mirror = $(field.dataset.mirror);
  if (mirror) mirror.textContent = field.value.trim() || mirror.dataset.empty || "";
});

on("change", "[data-autosubmit]", (field) => field.form.requestSubmit());

on("keydown", "td form select", (field, event) => { // as in a text field: browsers differ
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  field.form.requestSubmit();
});

// In a matrix the arrows go from box to box, past cells that have none.
const arrows = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
on("keydown", ".matrix input", (box, event) => {
  const step = arrows[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const rows = $$("tr", box.closest("table")), next = () => $("input:enabled:not([type=hidden])", rows[row]?.cells[column] ?? box);
  let row = rows.indexOf(box.closest("tr")), column = box.closest("td").cellIndex;
  do { row += step[0]; column += step[1]; } while (rows[row] && column > 0 && column < rows[0].cells.length && !next());
  next()?.focus();
});

on("click", "[data-copy]", async (button) => {
  const field = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(field.value);
  } catch { // not allowed, or no https: the reader copies what is selected
    field.focus();
    field.select();
    return;
  }
  const label = $("span:last-of-type", button), before = label.textContent;
  if (before === button.dataset.copied) return;
  label.textContent = button.dataset.copied;
  setTimeout(() => { label.textContent = before; }, 3000);
});

// The address carries what the page before saved, so that a plain page can say it. Once said it goes: a reload, a
// bookmark or the back button must not say it again.
const address = new URL(location.href);
const said = ["saved", "notice", "selected"].filter((name) => address.searchParams.has(name)); // who is selected, this tab knows
if (said.length) {
  said.forEach((name) => address.searchParams.delete(name));
  history.replaceState(history.state, "", address.pathname + address.search + address.hash);
}
