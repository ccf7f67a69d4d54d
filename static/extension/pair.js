// The pairing page. The browser asks for leave for the one server that was typed, and for no other.
import { hostOf, kept, originOf, pair, unpair } from "./server.js";
import { look } from "./badge.js";
import { says, speak, text } from "./words.js";

const $ = (id) => document.getElementById(id);
const said = $("said");
let busy = false;

speak();
document.title = text("pairTitle");
$("version").textContent = text("version", chrome.runtime.getManifest().version);
await show();

async function show(what = "") {
  const { server, token } = await kept();
  $("paired").hidden = !token;
  $("form").hidden = !!token;
  if (server) $("server").value = server;
  said.classList.remove("bad");
  said.textContent = what;
  if (!token) return;
  $("app").href = server;
  $("with").textContent = text("pairedAt", server);
  try {
    const now = await look();
    $("with").textContent = text("pairedWith", now.person, now.practice, server);
  } catch (error) {
    if (error.kind === "revoked") return show(says(error));
    bad(says(error));
  }
}

function bad(what, field) {
  said.textContent = what;
  said.classList.add("bad");
  for (const name of ["server", "code"]) $(name).removeAttribute("aria-invalid");
  if (field) field.setAttribute("aria-invalid", "true");
  (field ?? said).focus();
}

$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (busy) return;
  const server = originOf($("server").value);
  if (!server) return bad(text("serverWrong"), $("server"));
  if (!$("code").value.trim()) return bad(text("codeMissing"), $("code"));
  busy = true;
  try {
    // Asked for within the click, or the browser would refuse to ask.
    if (!(await chrome.permissions.request(hostOf(server)))) return bad(text("trouble_permission"));
    const before = await kept();
    await pair(server, $("code").value);
    if (before.server && before.server !== server) await chrome.permissions.remove(hostOf(before.server)).catch(() => false);
    $("code").value = "";
    await show(text("done"));
    said.focus();
  } catch (error) {
    bad(says(error), error.kind === "refused" ? $("code") : undefined);
  } finally {
    busy = false;
  }
});

$("unpair").addEventListener("click", async () => {
  await show(text((await unpair()) ? "unpaired" : "unpairedHere"));
  said.focus();
});
