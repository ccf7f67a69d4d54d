// One thin bar at the top of the page while anything is under way (app.css: body[aria-busy]).
let running = 0;
const loud = (event) => !event.detail.ctx.sourceElement?.closest?.("[data-quiet]");
document.addEventListener("htmx:before:request", (event) => { if (loud(event) && ++running === 1) document.body.setAttribute("aria-busy", "true"); });
document.addEventListener("htmx:finally:request", (event) => { if (loud(event)) running = Math.max(0, running - 1); if (!running) document.body.removeAttribute("aria-busy"); });
