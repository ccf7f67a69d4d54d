// A picture is picked, cropped to a square, and sent at once, with a progress bar and a way to stop it. Without script
// the form sends the file as it is; the server checks and crops either way.
//
//   <form data-picture action="/me/picture" method="post" enctype="multipart/form-data"
//         hx-post="/me/picture" hx-encoding="multipart/form-data" hx-target="this" hx-swap="outerHTML"
//         hx-status:503="swap:outerHTML"
//         data-max-bytes="5242880" data-too-large="TEXT">   the server's own text for 413
//     <input type="file" name="picture" accept="image/jpeg,image/png,image/webp">
//     <p class="error" role="alert" data-picture-error hidden></p>
//     <noscript><button class="btn btn-sm">…</button></noscript>
//   </form>
//     <template data-crop data-empty="TEXT" data-not-an-image data-type-mismatch data-animated data-broken      anywhere in
//         data-too-many-pixels="{width} × {height}…">     the page; the server's own texts for 422 (inspect.js)
//       <dialog class="modal" aria-labelledby="crop-title"><div class="modal-box">
//         <header><h2 id="crop-title">…</h2></header>
//         <div class="body">
//           <p id="crop-hint" class="hint">…</p>
//           <div class="crop" data-crop-stage tabindex="0" role="group" aria-labelledby="crop-title" aria-describedby="crop-hint"></div>
//           <label>… <input type="range" data-crop-zoom min="0" max="100" step="any" value="0"></label>
//           <div data-crop-progress hidden><label>… <progress class="progress" max="100"></progress></label></div>
//         </div>
//         <footer><button type="button" class="btn btn-primary" data-crop-use autofocus>…</button>
//                 <button type="button" class="btn btn-ghost" data-crop-cancel>…</button></footer>
//       </div></dialog>
//     </template>
//
// The answer is the form again: 200 with the new picture, 413, 422 or 503 with its message and the old picture. Parts of
// the page elsewhere (the avatar in the top bar) come along as <hx-partial> or hx-swap-oob. img-src needs blob: on such pages.
//
// htmx sends the request, so that answers, errors and expiry take the one road; only fetch, which cannot tell how far an
// upload is, is replaced by XMLHttpRequest for it.
import { $, number, on } from "./dom.js";

const picked = new WeakMap(); // form → { blob, dialog }
let tools; // what only those need who pick a picture: { crop, inspect, upload }, fetched by then

on("change", "form[data-picture] input[type=file]", (field) => pick(field.form, field, field.files[0]));

async function pick(form, field, file) {
  if (!file) return;
  complain(form, "");
  const refuse = (text) => { field.value = ""; complain(form, text); };
  if (file.size > Number(form.dataset.maxBytes)) return refuse(form.dataset.tooLarge);
  const template = $("template[data-crop]");
  try { tools ??= await import(CROP_URL); } catch { /* they did not come: the server checks and crops */ }
  if (!tools || !template) return form.requestSubmit();
  const { crop, inspect } = tools;
  const wrong = await inspect(file).catch(() => ({ text: "broken" }));
  if (field.files[0] !== file) return; // another one was picked meanwhile
  if (wrong) return refuse(template.dataset[wrong.text].replace(/\{(\w+)\}/g, (_, name) => number(wrong[name])));

  const dialog = template.content.firstElementChild.cloneNode(true);
  const address = URL.createObjectURL(file);
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    URL.revokeObjectURL(address);
    dialog.remove();
    field.value = "";
    picked.get(form)?.stop?.();
    picked.delete(form);
    if (!document.activeElement || document.activeElement === document.body || form.isConnected) // the answer may have said where to
      (form.isConnected ? field : $(`form[data-picture][action="${CSS.escape(form.getAttribute("action"))}"] input[type=file]`))?.focus({ preventScroll: true });
  });
  const cropper = crop(dialog, address);
  const use = async () => { // also before the picture is drawn: an early Enter waits for it
    if (picked.has(form)) return;
    picked.set(form, { dialog });
    const blob = await cropper.then((made) => made.blob()).catch(() => undefined); // none: the server crops the whole
    if (!dialog.isConnected) return;
    picked.set(form, { blob, dialog });
    form.requestSubmit();
  };
  dialog.addEventListener("click", ({ target }) => {
    if (target.closest("[data-crop-cancel]")) dialog.close();
    if (target.closest("[data-crop-use]")) use();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.target.closest("button")) { event.preventDefault(); use(); }
  });
  dialog.showModal();
  try {
    await cropper;
  } catch { // it looked like a picture up to its pixels
    dialog.close();
    complain(form, template.dataset.broken);
  }
}

function complain(form, text) {
  const place = $("[data-picture-error]", form);
  if (!place) return;
  place.textContent = text;
  place.hidden = !text;
}

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement;
  if (!form.matches?.("form[data-picture]")) return;
  const pick = picked.get(form);
  if (pick?.blob) ctx.request.body.set($("input[type=file]", form).name, pick.blob, "picture.jpg");
  ctx.request.timeout = 0; // a slow line may take its time; the reader can stop it
  const bar = pick && $("[data-crop-progress] progress", pick.dialog);
  if (bar) {
    pick.dialog.toggleAttribute("data-sending", true);
    $("[data-crop-progress]", pick.dialog).hidden = false;
  }
  if (pick) pick.stop = () => ctx.request.abort();
  if (tools) ctx.fetch = (url, request) => tools.upload(url, request, (share) => { if (bar) { if (share < 1) bar.value = share * 100; else bar.removeAttribute("value"); } });
});

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const form = ctx.request?.form, pick = form && picked.get(form);
  if (!pick) return;
  delete pick.stop;
  pick.dialog.close();
});
