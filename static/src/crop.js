// The cropper, loaded when a picture is picked: a square that stands still, and the picture moving beneath it.
//
// Cropper.js 2 (its elements, without its default template): kept (2.0 in 2025, 2.2 in 2026), no inline style or data:
// address, so it runs under our Content-Security-Policy; 10 kB brotli, never on a page where no picture is picked.
// 1.6 is as heavy (11 kB), needs a stylesheet with a data: picture, and is no longer developed; Croppie is abandoned;
// Cropt (3 kB, one author, fixed English labels and key steps) is the way back.
// We hold the picture to the square ourselves: the library lets it be pushed out of it.
//
// Keys, anywhere in the dialog but the slider: arrows move (Shift: further), + and - zoom.
export { inspect } from "./inspect.js";
export { upload } from "./upload.js";
import { CropperCanvas, CropperHandle, CropperImage, CropperSelection, CropperShade } from "@cropper/elements";

const largest = 1024; // the server's largest size is 512, twice that is plenty
const deepest = 8; // times the smallest zoom

// crop shows the picture at an address in the dialog's [data-crop-stage]. It rejects when the browser cannot read it.
// The promise is of { blob() → Promise<Blob> }, a square JPEG of at most 1024 pixels, transparent parts white.
export async function crop(dialog, address) {
  for (const element of [CropperCanvas, CropperImage, CropperShade, CropperSelection, CropperHandle]) element.$define();
  const stage = dialog.querySelector("[data-crop-stage]"), slider = dialog.querySelector("[data-crop-zoom]");
  const make = (name, attributes = {}) => { const element = document.createElement(name); for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value); return element; };
  const canvas = make("cropper-canvas"), image = make("cropper-image", { src: address, translatable: "", scalable: "" });
  const square = make("cropper-selection", { "aspect-ratio": "1" });
  canvas.append(image, make("cropper-shade"), make("cropper-handle", { action: "move", plain: "" }), square);
  stage.replaceChildren(canvas);
  image.$image.alt = ""; // the stage around it has the name
  const { naturalWidth: width, naturalHeight: height } = await image.$ready();
  if (!width || !height) throw new Error("no picture");
  await image.$image.decode(); // a picture that is drawn although part of it cannot be read is broken, as the server says

  let side, smallest, view; // view: the picture's scale, and its centre relative to the square's, in picture pixels
  const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
  const show = (scale, x, y) => {
    scale = clamp(scale, smallest, smallest * deepest);
    const roomX = Math.max(0, width / 2 - side / 2 / scale), roomY = Math.max(0, height / 2 - side / 2 / scale);
    view = { scale, x: clamp(x, -roomX, roomX), y: clamp(y, -roomY, roomY) };
    // the element's box is the picture in its own pixels at the canvas's corner, transformed about its centre
    own = true;
    image.$setTransform(scale, 0, 0, scale, square.x + side / 2 + view.x * scale - width / 2, square.y + side / 2 + view.y * scale - height / 2);
    own = false;
    if (slider) slider.value = (100 * Math.log(scale / smallest)) / Math.log(deepest);
  };
  let own = false;
  image.addEventListener("transform", (event) => { // dragged, pinched or wheeled: take the wish, within bounds
    if (own || !side) return;
    event.preventDefault();
    const [scale, , , , x, y] = event.detail.matrix;
    show(scale, (x + width / 2 - square.x - side / 2) / scale, (y + height / 2 - square.y - side / 2) / scale);
  });
  const lay = () => { // again whenever the stage changes its size, as when a phone is turned
    const room = canvas.getBoundingClientRect();
    if (!room.width || !room.height) return;
    const zoom = view ? view.scale / smallest : 1;
    side = Math.floor(Math.min(room.width, room.height) * 0.86);
    smallest = Math.max(side / width, side / height);
    square.$change((room.width - side) / 2, (room.height - side) / 2, side, side);
    show(smallest * zoom, view?.x ?? 0, view?.y ?? 0);
  };
  lay();
  new ResizeObserver(lay).observe(canvas);

  slider?.addEventListener("input", () => show(smallest * deepest ** (slider.value / 100), view.x, view.y));
  dialog.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event, step = (event.shiftKey ? 32 : 8) / view.scale;
    const move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[key];
    const zoom = { "+": 1.1, "=": 1.1, "-": 1 / 1.1, "_": 1 / 1.1 }[key];
    if (!move && !zoom || move && event.target === slider) return;
    event.preventDefault();
    if (move) show(view.scale, view.x + move[0], view.y + move[1]);
    else show(view.scale * zoom, view.x, view.y);
  });

  return {
    async blob() {
      const size = Math.round(clamp(side / view.scale, 1, largest));
      const drawn = await square.$toCanvas({ width: size, height: size, beforeDraw: (context) => { context.fillStyle = "#fff"; context.fillRect(0, 0, size, size); context.imageSmoothingQuality = "high"; } });
      return new Promise((resolve, reject) => drawn.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no blob"))), "image/jpeg", 0.92));
    },
  };
}
