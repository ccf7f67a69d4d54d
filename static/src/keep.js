// What a reader is shown once, they keep: as a file, or on paper. Both need script, so their buttons are hidden without.
//
//   <button type="button" data-download="ID" data-file="NAME" hidden>    the field's value as a text file
//   <button type="button" data-print hidden>                             the browser's own way to print
import { $$, on, onArrival } from "./dom.js";

onArrival(() => { for (const button of $$("[data-copy], [data-download], [data-print]")) button.hidden = false; });
on("click", "[data-print]", () => window.print());
on("click", "[data-download]", (button) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([document.getElementById(button.dataset.download).value, "\n"], { type: "text/plain" }));
  link.download = button.dataset.file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});
