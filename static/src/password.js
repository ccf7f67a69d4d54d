// The policy's checklist while a new password is typed, and the button that shows what was typed. The server decides, also
// about what this line asks it while one types: whether the password is a common one or holds a name.
import { $, $$, on, onArrival } from "./dom.js";

const check = (field) => {
  const list = document.getElementById(field.dataset.policy);
  if (!list) return;
  for (const item of $$("[data-rule], [data-same]", list)) {
    mark(list, item, item.dataset.rule ? new RegExp(item.dataset.rule, "u").test(field.value) : field.value !== "" && field.value === document.getElementById(item.dataset.same)?.value);
  }
  ask(field, list);
};

// The line about guessing looks like the others. Without script nobody could tick it off, so it is not in the page.
onArrival(() => $$("[data-guess]").forEach((list) => {
  const last = $$("[data-rule]", list).at(-1);
  if (!last || $("[data-asks]", list)) return;
  const item = last.cloneNode(true);
  delete item.dataset.rule;
  item.dataset.asks = "";
  item.toggleAttribute("data-refused", list.hasAttribute("data-guess-refused"));
  list.append(item);
  say(list, item, false);
}));

const say = (list, item, met, why) => {
  mark(list, item, met);
  $(".sr-only", item).nextSibling.textContent = ` ${why || list.dataset.guess}`;
};

const mark = (list, item, met) => {
  item.toggleAttribute("data-met", met);
  const icon = $("use", item), spoken = $(".sr-only", item);
  icon?.setAttribute("href", icon.getAttribute("href").replace(/[^/]*$/, met ? "icons.svg#circle-check" : item.hasAttribute("data-refused") ? "icons.svg#circle-x" : "icons.svg#circle"));
  if (spoken) spoken.textContent = met ? list.dataset.metText : list.dataset.unmetText;
};

// ask waits for a pause, and forgets an answer about what no longer stands in the field.
const pause = 250;
const timers = new WeakMap(); // item → the timer, and the password it is about
const ask = (field, list) => {
  const item = $("[data-asks]", list);
  const { timer, about } = timers.get(item) ?? {};
  const password = field.value;
  if (!item || about === password) return;
  clearTimeout(timer);
  say(list, item, false);
  timers.set(item, { about: password, timer: setTimeout(async () => {
    if (password === "") return;
    const body = new URLSearchParams({ password });
    if (list.hasAttribute("data-other")) {
      body.set("other", "1");
      for (const name of ["first_name", "last_name", "display_name", "email"]) body.set(name, list.getAttribute(`data-${name}`) ?? field.form?.elements[name]?.value ?? "");
    }
    try {
      const answer = await fetch("/password-checks", { method: "POST", body, headers: { ...JSON.parse(document.body.getAttribute("hx-headers:inherited")), "HX-Request": "true" } });
      const why = await answer.text();
      if (answer.ok && !answer.redirected && field.value === password) say(list, item, why === "", why);
    } catch { /* no network: it stays open, and the server says at the end */ }
  }, pause) });
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
onArrival(() => $$("[data-peek-too]").forEach((field) => { // a button like that of the other field of its form, by another name
  const other = $("[data-peek]", field.form);
  if (!other || field.nextElementSibling) return;
  const button = other.cloneNode(true);
  button.dataset.peek = field.id;
  $(".sr-only", button).textContent = ` ${field.dataset.peekToo}`;
  field.after(button);
}));
onArrival(() => $$("[data-peek][hidden]").forEach((button) => { button.hidden = false; })); // useless without script
document.addEventListener("submit", (event) => $$("[data-peek]", event.target).forEach((button) => show(button, false)), true); // browsers remember what stood in text fields

// A PIN is sent from within a form that is not finished (me/proof/_fields). It comes back with everything but its passwords,
// which the server never says again; so they stay here meanwhile.
let typed = [];
on("click", "[name=text_pin]", (button) => {
  typed = $$("input[autocomplete$=password]", button.form).map(({ id, value }) => [id, value]);
});
onArrival(() => {
  for (const [id, value] of typed) {
    const field = document.getElementById(id);
    if (!field || field.value || !value) continue;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  typed = [];
});
