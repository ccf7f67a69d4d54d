// The service worker: it keeps the badge right while nobody looks, and nothing else.
import { look } from "./badge.js";

const ALARM = "look";
const MINUTES = 2;

// What stands in the way is on the badge already.
const quietly = () => look().catch(() => {});

// An alarm outlives the worker, but not every update of the browser.
async function wake() {
  if (!(await chrome.alarms.get(ALARM))) await chrome.alarms.create(ALARM, { periodInMinutes: MINUTES });
  await quietly();
}

chrome.storage.local.setAccessLevel({ accessLevel: "TRUSTED_CONTEXTS" }); // no page could reach it anyway: there are no content scripts
chrome.runtime.onInstalled.addListener((why) => {
  wake();
  if (why.reason === "install") chrome.runtime.openOptionsPage();
});
chrome.runtime.onStartup.addListener(wake);
chrome.alarms.onAlarm.addListener(quietly);
chrome.storage.local.onChanged.addListener((changes) => {
  if (changes.token) quietly();
});
