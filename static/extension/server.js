// The one server that the extension is paired with: what is kept of it, and how it is asked.
//
// Kept on disk (storage.local): its address, the token, and whether the server has ended the pairing. Kept in memory until the
// browser closes (storage.session): replies that are being written. Messages are kept nowhere.

/** The words that this extension speaks; the server says which it speaks, and the oldest that it understands. */
export const PROTOCOL = 1;

/** Why the server could not be asked, or did not do it. kind: unpaired, revoked, permission, offline, gone, forbidden, refused, busy, older, newer. */
export class Trouble extends Error {
  constructor(kind, message = "") {
    super(message || kind);
    this.kind = kind;
    this.says = message;
  }
}

/** The address and the token, either of which may be missing, and whether the server has ended the pairing. */
export function kept() {
  return chrome.storage.local.get(["server", "token", "ended"]);
}

/** The origin of what somebody typed as an address, or "": https, or this very machine. */
export function originOf(typed) {
  const text = typed.trim();
  let url;
  try {
    url = new URL(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
  } catch {
    return "";
  }
  const here = url.hostname === "localhost" || url.hostname === "127.0.0.1";
  if (url.username || url.password || (url.protocol !== "https:" && !(url.protocol === "http:" && here))) return "";
  return url.origin;
}

/** The one host that the extension asks leave for. */
export const hostOf = (server) => ({ origins: [`${server}/*`] });

/** Redeems a one-time code. The browser has given leave for the server before. */
export async function pair(server, code) {
  const made = await send(server, "", "POST", "/extension/pairings", { code });
  if (typeof made?.token !== "string" || !made.token) throw new Trouble("older");
  fits(made);
  await chrome.storage.local.set({ server, token: made.token, ended: false });
}

/** Ends the pairing, here in any case, and tells whether it has ended at the server, too. */
export async function unpair() {
  const { server, token } = await kept();
  let there = true;
  try {
    if (server && token) await send(server, token, "DELETE", "/extension/pairing");
  } catch (trouble) {
    there = trouble.kind === "revoked"; // otherwise its owner ends it there, among their sessions
  }
  await forget(false);
  await chrome.storage.local.remove("server");
  if (server) await chrome.permissions.remove(hostOf(server)).catch(() => false);
  return there;
}

/** Forgets the token and what was being written; the address stays, for the next pairing. */
async function forget(ended) {
  await chrome.storage.local.set({ ended });
  await chrome.storage.local.remove("token");
  await chrome.storage.session.clear();
}

/** What is unread, and what was said last. */
export async function inbox() {
  const answer = await ask("GET", "/extension/inbox");
  if (!Array.isArray(answer?.talks)) throw new Trouble("older");
  fits(answer);
  return answer;
}

/** The end of a conversation. */
export const conversation = (id) => ask("GET", `/extension/cases/${encodeURIComponent(id)}/messages`);

/** Writes to the client. The same id is the same message, however often it is sent. */
export const reply = (id, message, body) => ask("POST", `/extension/cases/${encodeURIComponent(id)}/messages`, { id: message, body });

/** Says how far a conversation was seen. */
export const seen = (id, upto) => ask("POST", `/extension/cases/${encodeURIComponent(id)}/messages/reading`, { upto });

function fits(answer) {
  if (answer.oldest > PROTOCOL) throw new Trouble("newer");
  if (answer.protocol < PROTOCOL) throw new Trouble("older");
}

/** Asks the server that is paired. */
async function ask(method, path, body) {
  const { server, token, ended } = await kept();
  if (!server || !token) throw new Trouble(ended ? "revoked" : "unpaired");
  if (!(await chrome.permissions.contains(hostOf(server)))) throw new Trouble("permission");
  try {
    return await send(server, token, method, path, body);
  } catch (trouble) {
    if (trouble.kind === "revoked" && (await kept()).token === token) await forget(true); // and not one that was paired meanwhile
    throw trouble;
  }
}

async function send(server, token, method, path, body) {
  const headers = { Accept: "application/json", "Accept-Language": chrome.i18n.getMessage("lang") };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(server + path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "omit", cache: "no-store", redirect: "error", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(20_000),
    });
  } catch {
    throw new Trouble("offline");
  }
  if (answer.status === 204) return null;
  const said = await answer.json().catch(() => null);
  if (answer.ok) return said;
  throw new Trouble(kind(answer.status, said), typeof said?.message === "string" ? said.message : "");
}

/** What a status means. Only the server itself ends a pairing, in its own word: a proxy that asks for a password of its own says 401,
 * too. A 404 without the server's words is another program's, or that of a server without these routes. */
function kind(status, said) {
  if (status === 401) return said?.error === "unpaired" ? "revoked" : "busy";
  if (status === 403) return said?.error ? "forbidden" : "busy";
  if (status === 404) return said?.error ? "gone" : "older";
  if (status === 400 || status === 405 || status === 413 || status === 415 || status === 422) return said?.message ? "refused" : "older";
  return "busy";
}

/** A UUIDv7 (RFC 9562), as the server's forms have them. */
export function newID() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = Date.now();
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
