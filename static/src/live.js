// An open page is told of what happens by one stream (htmx's hx-sse on #live; web's live.go says what comes): counts in
// the sidebar, at the bell and in the title, and the messages of an open conversation. Without script the next page shows
// the same.
//
// A browser opens six connections to one host and no more, over HTTP/1.1; pages that nobody looks at have none, therefore,
// but one of them, so that its title goes on counting, and it tells the titles of the others.
import { $, $$, onArrival } from "./dom.js";
import { out } from "./expiry.js";

const live = $("#live");

// ---- the counts

const titles = live && new BroadcastChannel(`chancery:unread:${document.body.dataset.user}`);
const titled = (text) => { document.title = (text && `(${text}) `) + document.title.replace(/^\([^)]*\) /, ""); };
titles?.addEventListener("message", ({ data }) => { if (document.hidden) titled(data); });

let known = $("#unread")?.dataset.count;
onArrival(() => {
  const count = $("#unread");
  if (!count || count.dataset.count === known) return;
  known = count.dataset.count;
  const text = count.hidden ? "" : $("[data-number]", count).textContent;
  titled(text);
  titles?.postMessage(text);
  htmx.trigger(document.body, "news"); // lists of what is unread ask again
});

// ---- the stream

let keeper = false, connected = false;
if (live) navigator.locks?.request("chancery:live", () => new Promise(() => { keeper = true; })); // held as long as the page is there
addEventListener("visibilitychange", (event) => { if (document.hidden && keeper) event.stopImmediatePropagation(); }, true); // hx-sse would let go of it

let leaving = false;
addEventListener("beforeunload", () => { leaving = true; setTimeout(() => { leaving = false; }, 3000); });
const ended = () => setTimeout(() => { if (!leaving) out("ended"); }, 600); // a tab that has signed out tells the others so itself, and says it better
document.addEventListener("htmx:sse:after:connection", () => { connected = true; });
document.addEventListener("htmx:sse:close", () => { connected = false; });
document.addEventListener("htmx:sse:error", ({ detail }) => { if (detail.status === 401) ended(); });
live?.addEventListener("ended", ended); // the session is over: what the page shows is nobody's
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => { // the first try did not work: hx-sse leaves it at that
  if (ctx.sourceElement !== live) return;
  setTimeout(() => { if (!connected && !leaving) htmx.trigger(live, "again"); }, 10_000 + 10_000 * Math.random());
});

// ---- the conversation

// What has come by another way already, as the answer to what was sent, does not come twice.
document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
  for (const { fragment, target } of tasks ?? []) {
    if (target !== "#thread" && target?.id !== "thread") continue;
    for (const line of $$("li[id^='m-']", fragment)) if (document.getElementById(line.id)) line.remove();
    if ($("#new")) $$("#new", fragment).forEach((line) => line.remove());
  }
});

// Comments are asked for again as a whole, and what comes is the newest of them: those before, which the reader has fetched, stay,
// with the way to those before them.
document.addEventListener("htmx:before:swap", ({ detail: { tasks } }) => {
  for (const { fragment, target } of tasks ?? []) {
    const first = target?.id === "comments" && $("li[id^='comment-']", fragment), here = first && document.getElementById(first.id);
    if (!here?.previousElementSibling?.matches("[id^='comment-']")) continue;
    $("#earlier", fragment)?.remove();
    for (let line = here.previousElementSibling; line; line = line.previousElementSibling) first.parentNode.prepend(line.cloneNode(true));
  }
});

onArrival(() => $$(".thread:has(> [id^='m-'], > [id^='comment-']) > .none").forEach((note) => note.remove()));

let followed = false;
onArrival(() => {
  const thread = $("#thread");
  if (!thread) return;
  const lines = $$("li[data-number]", thread), last = lines.at(-1);
  if (!followed && last) { // where the reader goes on, once
    if (!location.hash) ($("#new") ?? last).scrollIntoView({ block: "center" });
    followed = true;
  } else if (last && last.dataset.number !== thread.dataset.last && innerHeight + scrollY > document.documentElement.scrollHeight - last.offsetHeight - 200) last.scrollIntoView({ block: "nearest" });
  if (last) thread.dataset.last = last.dataset.number;
  seen();
});

// What a page shows is read when somebody looks at it: the newest message of the client that is there is told, once.
let told = 0, waiting;
function seen() {
  const form = document.getElementById("reading");
  if (!form || document.hidden) return;
  const newest = Math.max(0, ...$$("#thread [data-inbound]").map((line) => Number(line.dataset.inbound)));
  if (newest <= told) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    if (document.hidden || !form.isConnected) return;
    told = newest;
    form.elements.upto.value = newest;
    htmx.trigger(form, "seen");
  }, 700);
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) seen(); });
