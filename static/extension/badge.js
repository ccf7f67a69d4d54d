// The badge on the toolbar: how many messages of clients are unread, or that something stands in the way.
import { Trouble, inbox } from "./server.js";

const text = (name, ...with_) => chrome.i18n.getMessage(name, with_);

/** Asks the server, shows the answer, and returns it. What stands in the way is shown, and thrown. */
export async function look() {
  try {
    const now = await inbox();
    await show(now.unread ? (now.unread > 99 ? "99+" : String(now.unread)) : "", text(now.unread === 1 ? "titleOne" : "titleUnread", String(now.unread)), "#1f5c8f");
    return now;
  } catch (error) {
    const kind = error instanceof Trouble ? error.kind : "busy";
    if (kind === "unpaired") await show("", text("titleUnpaired"), "#1f5c8f");
    else await show("!", text(`trouble_${kind}`) || text("trouble_busy"), "#9b2c1d");
    throw error;
  }
}

async function show(badge, title, color) {
  await chrome.action.setBadgeBackgroundColor({ color });
  await chrome.action.setBadgeTextColor({ color: "#ffffff" });
  await chrome.action.setBadgeText({ text: badge });
  await chrome.action.setTitle({ title });
}
