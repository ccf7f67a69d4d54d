// Session expiry keeps what was typed (B-15). The answer 401 to an htmx request, with HX-Redirect (or X-Signed-Out)
// naming the sign-in page, saves what was typed on this page and goes there with ?next=; the next visit to the same
// page by the same person puts it back and says so. The answer 403 with X-Stale-Page is the same for a page that was
// open since before its reader signed in again in another tab: there the page itself is loaded anew, and where nothing
// was typed, or someone else has signed in, it says so.
//
// Kept in sessionStorage: this tab only, gone when it closes, at most an hour old, for one user (body data-user). Never
// passwords, one-time codes, files, hidden fields, or what stands under [data-private].
// A form that is not part of the page when it loads, such as one field's inline edit, names the hx-get of the link
// that opens it in data-reopen; that link is then clicked.
import { $, $$, onArrival } from "./dom.js";
import { leave } from "./guard.js";
import { notice } from "./toast.js";

const hour = 3_600_000;
const key = () => `chancery:typed:${location.pathname}`;
const user = () => document.body.dataset.user;

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.response.status === 403 && ctx.response.headers.get("X-Stale-Page")) return go(ctx, location.pathname + location.search, true);
  if (ctx.response.status !== 401) return;
  const to = ctx.hx.redirect ?? ctx.response.headers.get("X-Signed-Out");
  const url = to && new URL(to, location.href);
  if (!url || url.origin !== location.origin) return;
  if (!url.searchParams.has("next")) url.searchParams.set("next", location.pathname + location.search);
  go(ctx, url.pathname + url.search);
});

function go(ctx, to, stale = false) {
  const url = new URL(to, location.href), kept = user() && keep(stale);
  if (kept && url.searchParams.get("notice") === "ended") url.searchParams.set("notice", "kept"); // what the door says
  ctx.hx.redirect = url.pathname + url.search; // htmx goes there, now that everything is kept
  leave();
}

// keep tells whether there was anything to keep, and it is kept.
function keep(stale) {
  const forms = $$("form").map((form) => ({ action: form.getAttribute("action"), reopen: form.dataset.reopen, fields: typed(form) })).filter((form) => form.fields.length);
  if (!forms.length && !stale) return false;
  try { sessionStorage.setItem(key(), JSON.stringify({ user: user(), at: Date.now(), stale, forms })); } catch { return false; /* full, or forbidden: then it is lost */ }
  return forms.length > 0;
}

// typed lists the fields whose value is not the one the page came with.
function typed(form) {
  return [...form.elements].filter((field) => field.name && field.dataset.combobox !== "search" && !secret(field) && changed(field))
    .map((field) => ({ name: field.name, value: field.value, ...(ticked(field) && { checked: field.checked }), ...(field.multiple && { values: [...field.selectedOptions].map((o) => o.value) }) }));
}

const ticked = (field) => field.type === "checkbox" || field.type === "radio";
const secret = (field) => ["password", "file", "hidden", "submit", "button"].includes(field.type) || /password|one-time-code|cc-/.test(field.autocomplete) || field.closest("[data-private]");
function changed(field) {
  if (ticked(field)) return field.checked !== field.defaultChecked;
  if (field.options) {
    const options = [...field.options];
    if (options.some((option) => option.defaultSelected)) return options.some((option) => option.selected !== option.defaultSelected);
    return field.multiple ? field.selectedOptions.length > 0 : field.selectedIndex > 0;
  }
  return field.value !== field.defaultValue;
}

let waiting; // what was kept and is not yet put back; undefined before the first look
onArrival(() => {
  waiting ??= take();
  const told = waiting.length > 0;
  waiting = waiting.filter((form) => !putBack(form));
  if (told && !waiting.length) notice(document.body.dataset.restored);
});

function take() {
  if (!user()) return [];
  const text = sessionStorage.getItem(key());
  sessionStorage.removeItem(key());
  try {
    const kept = JSON.parse(text);
    const forms = kept && kept.user === user() && Date.now() - kept.at < hour ? kept.forms : [];
    if (kept?.stale && !forms.length) notice($("#toast-notice")?.content.querySelector("[data-toast-text]").dataset.renewed);
    return forms;
  } catch { return []; }
}

// putBack fills the form again, or clicks the link that brings it. It is false while the form is not there yet.
function putBack(kept) {
  const form = $$("form").find((form) => form.getAttribute("action") === kept.action && [...form.elements].some((field) => field.name === kept.fields[0].name));
  if (!form) {
    const link = kept.reopen && !kept.asked && $(`[hx-get="${CSS.escape(kept.reopen)}"]`);
    if (!link) return !kept.asked;
    kept.asked = true;
    setTimeout(() => link.click()); // after htmx has looked at the page
    return false;
  }
  for (const { name, value, checked, values } of kept.fields) {
    for (const field of [...form.elements].filter((field) => field.name === name && (checked === undefined || field.value === value))) {
      if (checked !== undefined) field.checked = checked;
      else if (values) for (const option of field.options) option.selected = values.includes(option.value);
      else if (!field.options || [...field.options].some((option) => option.value === value)) field.value = value;
      field.dispatchEvent(new Event("input", { bubbles: true })); // counters, guard and checklists follow
    }
  }
  return true;
}

// Signing out in one tab takes the others to the door as well (S2-29): what they show is of somebody who has left. What was
// typed there is kept as after any other end of a session.
const tabs = new BroadcastChannel("chancery:signed-out");
tabs.addEventListener("message", () => out("signed-out"));

// out goes to the door, and says there why.
export function out(why) {
  if (!user()) return;
  const kept = keep();
  leave();
  location.replace(`/sign-in?notice=${kept ? "kept" : why}&next=${encodeURIComponent(location.pathname + location.search)}`);
}
if (location.pathname === "/sign-in" && new URLSearchParams(location.search).get("notice") === "signed-out") tabs.postMessage(true); // before fields.js tidies the address
