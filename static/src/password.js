// The policy's checklist while a new password is typed, and the button that shows what was typed. The server decides.
import { $, $$, on, onArrival } from "./dom.js";

const check = (field) => {
  const list = document.getElementById(field.dataset.policy);
  if (!list) return;
  for (const item of $$("[data-rule], [data-same]", list)) {
    const met = item.dataset.rule ? new RegExp(item.dataset.rule, "u").test(field.value) : field.value !== "" && field.value === document.getElementById(item.dataset.same)?.value;
    item.toggleAttribute("data-met", met);
    const icon = $("use", item), spoken = $(".sr-only", item);
    icon?.setAttribute("href", icon.getAttribute("href").replace(/[^/]*$/, met ? "icons.svg#circle-check" : "icons.svg#circle"));
    if (spoken) spoken.textContent = met ? list.dataset.metText : list.dataset.unmetText;
  }
};
on("input", "input", (field) => {
  if (field.dataset.policy) check(field);
  else if (field.type === "password" || field.id) for (const item of $$(`[data-same="${CSS.escape(field.id)}"]`)) check($(`[data-policy="${CSS.escape(item.parentElement.id)}"]`));
});

const show = (button, visible) => {
  const field = document.getElementById(button.dataset.peek);
  if (!field) return;
  field.type = visible ? "text" : "password";
  $("span", button).textContent = visible ? button.dataset.hide : button.dataset.show;
};
on("click", "[data-peek]", (button) => show(button, document.getElementById(button.dataset.peek)?.type === "password"));
onArrival(() => $$("[data-peek][hidden]").forEach((button) => { button.hidden = false; })); // useless without script
document.addEventListener("submit", (event) => $$("[data-peek]", event.target).forEach((button) => show(button, false)), true); // browsers remember what stood in text fields
