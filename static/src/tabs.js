// The current one of tabs that scroll sideways is brought into sight, once: on a phone the last ones are beyond the edge.
import { $$, onArrival } from "./dom.js";

const placed = new WeakSet();
onArrival(() => $$(".tabnav [aria-current], .rail .nav [aria-current]").forEach((tab) => {
  if (placed.has(tab)) return;
  placed.add(tab);
  const strip = tab.closest(".tabnav, .nav"), its = tab.getBoundingClientRect(), seen = strip.getBoundingClientRect();
  if (its.right > seen.right || its.left < seen.left) strip.scrollLeft += its.left - seen.left - (seen.width - its.width) / 2;
}));
