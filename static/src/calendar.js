// The days of a calendar are reached by the arrow keys, as in a date picker; at an edge, and with Page Up and Page Down, the
// calendar before or after is loaded. Tab goes on through what the days have.
//
//   <table data-days> with <a data-day="2026-11-22"> in its cells; <a data-page="prev">, <a data-page="next"> on the page
import { $, $$, on } from "./dom.js";

const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const turn = (by) => $(`[data-page="${by < 0 ? "prev" : "next"}"]`)?.click();

on("keydown", "[data-days] a[data-day]", (link, event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const page = { PageUp: -1, PageDown: 1 }[event.key];
  const step = steps[event.key];
  if (!page && !step) return;
  event.preventDefault();
  if (page) return turn(page);
  const days = $$("a[data-day]", link.closest("[data-days]"));
  const next = days[days.indexOf(link) + step];
  if (next) next.focus();
  else turn(step);
});
