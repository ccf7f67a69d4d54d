// The days of a calendar are reached by the arrow keys, as in a date picker; at an edge, and with Page Up and Page Down, the
// calendar before or after is loaded, and the focus is on the day that the key led to. Tab goes on through what the days have.
//
//   <table data-days data-shape="month"> with <a data-day="2026-11-22"> in its cells; <a data-page="prev">, <a data-page="next"> on the page
import { $, $$, on } from "./dom.js";

const kept = "chancery:day"; // in the session of this tab: the day that the next calendar begins with
const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

// away is a day so many days, or months, from another; the 31st of a month that has none is its last.
function away(day, days, months = 0) {
  const [y, m, d] = day.split("-").map(Number), last = new Date(Date.UTC(y, m + months, 0)).getUTCDate();
  return new Date(Date.UTC(y, m - 1 + months, months ? Math.min(d, last) : d + days)).toISOString().slice(0, 10);
}

function turn(by, day) {
  const page = $(`[data-page="${by < 0 ? "prev" : "next"}"]`);
  if (!page) return;
  const url = new URL(page.href);
  url.searchParams.set("on", day);
  sessionStorage.setItem(kept, day);
  location.assign(url);
}

on("keydown", "[data-days] a[data-day]", (link, event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const page = { PageUp: -1, PageDown: 1 }[event.key], step = steps[event.key], day = link.dataset.day;
  if (!page && !step) return;
  event.preventDefault();
  const table = link.closest("[data-days]");
  if (page) return turn(page, table.dataset.shape === "month" ? away(day, 0, page) : away(day, 7 * page));
  const days = $$("a[data-day]", table), next = days[days.indexOf(link) + step];
  if (next) next.focus();
  else turn(step, away(day, step));
});

const day = sessionStorage.getItem(kept);
sessionStorage.removeItem(kept);
if (day) $(`a[data-day="${day}"]`)?.focus();
