// The popup: what was said last in each case, and one conversation with a quick reply. All that comes from the server goes into
// the page as text.
import { conversation, kept, newID, reply, seen } from "./server.js";
import { look } from "./badge.js";
import { says, speak, text, when } from "./words.js";

const $ = (id) => document.getElementById(id);
const views = ["unpaired", "list", "talk"];
let now = null; // the inbox
let open = null; // the conversation that is shown
let sending = false;

speak();
$("pair").addEventListener("click", () => chrome.runtime.openOptionsPage());
$("back").addEventListener("click", () => list(open?.case));
await list();

function view(name, title) {
  for (const v of views) $(v).hidden = v !== name;
  $("back").hidden = name !== "talk";
  $("title").textContent = title;
}

function tell(what, bad = false) {
  $("said").textContent = what;
  $("said").classList.toggle("bad", bad);
}

// failed shows why something could not be done; who is not paired, or no longer, is led to pairing.
function failed(error) {
  if (!["unpaired", "revoked", "permission"].includes(error.kind)) return tell(says(error), true);
  tell("");
  view("unpaired", text("name"));
  $("app").hidden = true;
  $("why").textContent = text(error.kind === "unpaired" ? "notPaired" : `trouble_${error.kind}`);
  $("pair").focus();
}

// list shows the cases; back is the one to come back to.
async function list(back) {
  open = null;
  tell(now ? "" : text("asking"));
  if (now) view("list", now.practice);
  else view("", text("name"));
  try {
    now = await look();
  } catch (error) {
    return failed(error);
  }
  const { server } = await kept();
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
  tell(text("asking"));
  let thread;
  try {
    thread = await conversation(talk.case);
  } catch (error) {
    return failed(error);
  }
  tell("");
  open = talk;
  const { server } = await kept();
  $("app").href = `${server}/cases/${encodeURIComponent(talk.case)}/messages`;
  view("talk", talk.client);
  draw(thread);
  const draft = await draftOf(talk.case);
  $("body").value = draft.body;
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

const keepDraft = (id, draft) => chrome.storage.session.set({ [draftKey(id)]: draft });

function count() {
  const n = [...$("body").value].length;
  const over = n > now.max;
  $("count").textContent = over || n > now.max - 500 ? text("count", n, now.max) : "";
  if (over) $("body").setAttribute("aria-invalid", "true");
  else $("body").removeAttribute("aria-invalid");
  return { n: [...$("body").value.trim()].length, over };
}

$("body").addEventListener("input", async () => {
  count();
  const id = open.case;
  const body = $("body").value;
  await keepDraft(id, { ...(await draftOf(id)), body });
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
  sending = true;
  const id = open.case;
  const body = $("body").value;
  try {
    let { tried } = await draftOf(id);
    if (tried?.body !== body) tried = { id: newID(), body };
    await keepDraft(id, { body, tried });
    tell(text("sending"));
    const thread = await reply(id, tried.id, body);
    await chrome.storage.session.remove(draftKey(id));
    if (open?.case === id) {
      $("body").value = "";
      count();
      draw(thread);
      tell(text("sent"));
      $("body").focus();
    }
    await look().then((fresh) => { now = fresh; }, () => {});
  } catch (error) {
    failed(error);
  } finally {
    sending = false;
  }
});
