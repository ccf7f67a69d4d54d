// The popup: what was said last in each case, and one conversation with a quick reply. All that comes from the server goes into
// the page as text.
import { conversation, kept, newID, reply, seen } from "./server.js";
import { look } from "./badge.js";
import { says, speak, text, when } from "./words.js";

const $ = (id) => document.getElementById(id);
const views = ["unpaired", "list", "talk"];
let now = null; // the inbox
let open = null; // the conversation that is shown
let sending = ""; // the case whose reply is under way
let turn = 0; // counts what was asked to be shown: an answer that comes after the next is not shown any more

speak();
$("pair").addEventListener("click", () => chrome.runtime.openOptionsPage());
$("back").addEventListener("click", () => list(open?.case));

function view(name, title) {
  for (const v of views) $(v).hidden = v !== name;
  $("back").hidden = name !== "talk";
  $("title").textContent = title;
}

function tell(what, bad = false) {
  $("said").textContent = what;
  $("said").classList.toggle("bad", bad);
}

const leadsToPairing = (error) => ["unpaired", "revoked", "permission"].includes(error.kind);

// failed shows why something could not be done; who is not paired, or no longer, is led to pairing.
function failed(error) {
  if (!leadsToPairing(error)) return tell(says(error), true);
  tell("");
  view("unpaired", text("name"));
  $("app").hidden = true;
  $("why").textContent = text(error.kind === "unpaired" ? "notPaired" : `trouble_${error.kind}`);
  $("pair").focus();
}

// list shows the cases; back is the one to come back to.
async function list(back) {
  const mine = ++turn;
  open = null;
  tell(now ? "" : text("asking"));
  if (now) view("list", now.practice);
  else view("", text("name"));
  try {
    now = await look();
  } catch (error) {
    return mine === turn && failed(error);
  }
  const { server } = await kept();
  if (mine !== turn) return;
  $("app").href = `${server}/messages`;
  $("app").hidden = false;
  tell("");
  view("list", now.practice);
  $("none").hidden = now.talks.length > 0;
  $("talks").replaceChildren(...now.talks.map(row));
  const at = [...$("talks").querySelectorAll("button")];
  (at.find((b) => b.dataset.case === back) ?? at[0] ?? $("title")).focus();
}

function row(talk) {
  const part = $("row").content.cloneNode(true);
  const button = part.querySelector("button");
  button.dataset.case = talk.case;
  part.querySelector("b").textContent = talk.client;
  part.querySelector(".new").textContent = talk.unread ? text(talk.unread === 1 ? "newOne" : "newMany", talk.unread) : "";
  at(part, talk.at);
  part.querySelector(".case").textContent = `${talk.number} · ${talk.title}`;
  part.querySelector(".text").textContent = talk.by ? text("saidBy", talk.by, talk.text) : talk.text;
  button.addEventListener("click", () => show(talk));
  return part;
}

function at(part, iso) {
  const time = part.querySelector("time");
  time.dateTime = iso;
  time.textContent = when(iso);
}

// show opens a conversation.
async function show(talk) {
  const mine = ++turn;
  tell(text("asking"));
  let thread;
  try {
    thread = await conversation(talk.case);
  } catch (error) {
    return mine === turn && failed(error);
  }
  const { server } = await kept();
  const draft = await draftOf(talk.case);
  if (mine !== turn) return;
  tell(sending === talk.case ? text("sending") : "");
  open = talk;
  $("app").href = `${server}/cases/${encodeURIComponent(talk.case)}/messages`;
  view("talk", talk.client);
  draw(thread);
  $("body").value = draft.body;
  $("body").readOnly = sending === talk.case;
  count();
  (thread.may_reply ? $("body") : $("title")).focus();
  await markSeen(talk.case, thread);
}

function draw(thread) {
  $("earlier").hidden = !thread.earlier;
  $("lines").replaceChildren(...thread.lines.map((line) => {
    const part = $("line").content.cloneNode(true);
    speak(part);
    part.querySelector("li").className = line.in ? "in" : "out";
    part.querySelector("b").textContent = line.by;
    part.querySelector(".new").hidden = !line.new;
    at(part, line.at);
    part.querySelector("p").textContent = line.text;
    return part;
  }));
  $("lines").lastElementChild?.scrollIntoView({ block: "end" });
  $("form").hidden = !thread.may_reply;
  $("why-not").hidden = thread.may_reply;
  $("why-not").textContent = thread.why_not;
  $("body-label").textContent = text("replyTo", thread.client);
}

// markSeen says that a conversation was seen, where all that is new in it is shown.
async function markSeen(id, thread) {
  if (!thread.unread || thread.lines.filter((line) => line.new).length < thread.unread) return;
  try {
    await seen(id, thread.inbound);
    now = await look();
  } catch {
    // It stays unread, and the next look says why.
  }
}

// A reply that is being written outlives the popup, which closes with every click beside it. tried is what was sent without an
// answer, and under which id: the same words again are the same message.
const draftKey = (id) => `draft/${id}`;

async function draftOf(id) {
  return (await chrome.storage.session.get(draftKey(id)))[draftKey(id)] ?? { body: "", tried: null };
}

// changeDraft changes a draft, one change after another: what was typed before a reply went off is not kept after it. to says what
// becomes of it, nothing for none.
let drafts = Promise.resolve();

function changeDraft(id, to) {
  const change = async () => {
    const next = to(await draftOf(id));
    await (next ? chrome.storage.session.set({ [draftKey(id)]: next }) : chrome.storage.session.remove(draftKey(id)));
    return next;
  };
  return (drafts = drafts.then(change, change));
}

function count() {
  const n = [...$("body").value].length;
  const over = n > now.max;
  $("count").textContent = over || n > now.max - 500 ? text("count", n, now.max) : "";
  if (over) $("body").setAttribute("aria-invalid", "true");
  else $("body").removeAttribute("aria-invalid");
  return { n: [...$("body").value.trim()].length, over };
}

$("body").addEventListener("input", () => {
  count();
  const body = $("body").value;
  changeDraft(open.case, (draft) => ({ ...draft, body }));
});

$("body").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("form").requestSubmit();
});

$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (sending) return;
  const { n, over } = count();
  if (!n || over) {
    tell(n ? text("tooLong", now.max) : text("empty"), true);
    return $("body").focus();
  }
  const { case: id, client } = open;
  const body = $("body").value;
  sending = id;
  $("body").readOnly = true; // what one wrote now would be neither of this message nor of the next
  tell(text("sending"));
  try {
    const { tried } = await changeDraft(id, (draft) => ({ body, tried: draft.tried?.body === body ? draft.tried : { id: newID(), body } }));
    const thread = await reply(id, tried.id, body);
    await changeDraft(id, (draft) => (draft.body === body ? null : draft));
    if (open?.case === id) {
      if ($("body").value === body) $("body").value = "";
      count();
      draw(thread);
      tell(text("sent"));
      $("body").focus();
    }
    await look().then((fresh) => { now = fresh; }, () => {});
  } catch (error) {
    if (open?.case === id || leadsToPairing(error)) failed(error);
    else tell(text("notSent", client), true);
  } finally {
    sending = "";
    $("body").readOnly = false;
  }
});

await list();
