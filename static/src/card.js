// The card of a person (S0-33) opens beside their name wherever that is a link to them: after a moment under the mouse or with the
// focus, or held by a finger. It stands after the link, so that the Tab key goes on into it; Escape closes it, and so does
// leaving both (WCAG 1.4.13). A link that tells of somebody but leads elsewhere says of whom: <a data-person="ID">. Without script, and where the card cannot be had, the link is what it was.
import { $ } from "./dom.js";

const person = /^\/users\/([0-9a-f]{8}-[0-9a-f-]{27})$/;
const texts = new Map(); // by id, as long as the page stands: a promise of its markup
let card, of, timer, held;

const idOf = (link) => link?.dataset.person ?? person.exec(link?.getAttribute("href") ?? "")?.[1];
const linkAt = (target) => {
  const link = target.closest?.("main :is(a[href^='/users/'], a[data-person])");
  return link && idOf(link) && !link.closest(".tabnav, .crumbs, .pop-card") ? link : null;
};
const within = (target) => of && (of.contains(target) || card?.contains(target));

function ask(id) {
  if (!texts.has(id)) {
    const page = JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}");
    const answer = fetch(`/colleagues/${id}/card`, { headers: { "HX-Request": "true", "X-Page-Lang": page["X-Page-Lang"] ?? "", "X-Page-Zone": page["X-Page-Zone"] ?? "" } })
      .then((r) => (r.ok ? r.text() : Promise.reject(r.status)));
    answer.catch(() => texts.delete(id));
    texts.set(id, answer);
  }
  return texts.get(id);
}

async function open(link) {
  if (of === link) return;
  close();
  of = link;
  try {
    const text = await ask(idOf(link));
    if (of !== link || !link.isConnected) return;
    card = document.createElement("div");
    card.className = "pop pop-card";
    card.popover = "manual";
    card.innerHTML = text;
    link.after(card);
    card.showPopover({ source: link });
  } catch { of = over = undefined; } // the next move of the mouse asks again
}

function close() {
  clearTimeout(timer);
  const back = card?.contains(document.activeElement) && of;
  card?.remove();
  card = of = undefined;
  if (back) back.focus();
}

function soon(link, ms) {
  clearTimeout(timer);
  timer = setTimeout(() => open(link), ms);
}
function leave() {
  clearTimeout(timer);
  timer = setTimeout(close, 250);
}

let over; // what the mouse has come to by moving: a page that moves beneath it opens nothing
document.addEventListener("pointermove", (event) => {
  if (event.pointerType === "touch") return;
  const link = linkAt(event.target), now = link ?? (within(event.target) ? card : null);
  if (now === over) return;
  over = now;
  if (link && link !== of) soon(link, 400);
  else if (within(event.target)) clearTimeout(timer);
  else if (of && !within(document.activeElement)) leave();
  else if (!of) clearTimeout(timer);
});
document.addEventListener("focusin", (event) => {
  const link = linkAt(event.target);
  if (link?.matches(":focus-visible") && !held) soon(link, 600);
  else if (of && !within(event.target)) leave();
});
document.addEventListener("pointerdown", (event) => {
  held = false;
  const link = event.pointerType === "touch" && linkAt(event.target);
  if (link) timer = setTimeout(() => { held = true; open(link); }, 500);
  else if (of && !within(event.target)) close();
});
for (const end of ["pointerup", "pointercancel", "pointermove"]) document.addEventListener(end, (event) => {
  if (event.pointerType === "touch" && !held && (end !== "pointermove" || Math.hypot(event.movementX, event.movementY) > 6)) clearTimeout(timer);
});
document.addEventListener("contextmenu", (event) => { if (held && linkAt(event.target)) event.preventDefault(); });
document.addEventListener("click", (event) => { if (held && linkAt(event.target)) { held = false; event.preventDefault(); event.stopPropagation(); } }, true);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !card) return;
  const dialog = $("dialog:modal");
  event.preventDefault();
  if (!dialog) event.stopPropagation();
  of?.focus();
  close();
}, true);
document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => { // of a part with the name in it; what comes elsewhere leaves the card alone
  if (of && (tasks ?? []).some(({ target }) => (typeof target === "string" ? $(target) : target)?.contains(of))) close();
});
