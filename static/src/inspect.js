// What a picked file says of itself before a pixel of it is decoded, and why it is refused: the browser would decode what
// the server would not, a bomb of 400 megapixels or the upper half of a picture, and the crop of it would then be a
// picture like any other. The rules are those of app/avatar, whose package comment gives the reasons (S0-7; ASVS 5.2.2,
// 5.2.6): first bytes, extension and declared type agree; 50 megapixels and 12,000 a side; one frame; whole to its end.
// The server decides all the same: it sees every file that is sent, and without script all of this is its work.
const maxPixels = 50_000_000, maxSide = 12_000, maxScans = 64;

// inspect resolves to nothing for a picture that may be shown, else to what is wrong: the name of its text among the
// data-* of template[data-crop], with the values that stand in it.
export async function inspect(file) {
  const data = new DataView(await file.arrayBuffer());
  if (!data.byteLength) return { text: "empty" };
  const format = formats.find(({ is }) => is(data));
  if (!format) return { text: "notAnImage" };
  const extension = /\.[^.]*$/.exec(file.name.toLowerCase())?.[0];
  if (!format.types.includes(file.type) || !format.extensions.includes(extension)) return { text: "typeMismatch" };
  const facts = format.read(data);
  const { width, height } = facts;
  if (!(width > 0 && height > 0)) return { text: "broken" };
  if (width > maxSide || height > maxSide || width * height > maxPixels) return { text: "tooManyPixels", width, height };
  if (facts.animated) return { text: "animated" };
  if (!facts.whole) return { text: "broken" };
}

const word = (data, at, length) => { let text = ""; for (let i = at; i < Math.min(at + length, data.byteLength); i++) text += String.fromCharCode(data.getUint8(i)); return text; };

const formats = [
  { types: ["image/jpeg", "image/jpg"], extensions: [".jpg", ".jpeg"], is: (data) => word(data, 0, 3) === "\xff\xd8\xff", read: jpeg },
  { types: ["image/png"], extensions: [".png"], is: (data) => word(data, 0, 8) === "\x89PNG\r\n\x1a\n", read: png },
  { types: ["image/webp"], extensions: [".webp"], is: (data) => word(data, 0, 4) === "RIFF" && word(data, 8, 4) === "WEBP", read: webp },
];

// jpeg walks over the segments (ITU-T T.81, B.1): size in the frame header of a baseline or progressive picture, whole
// when the end marker is there.
function jpeg(data) {
  const facts = {}, size = data.byteLength;
  let scans = 0;
  for (let at = 2; at + 2 <= size; ) {
    const marker = data.getUint8(at + 1);
    if (data.getUint8(at) !== 0xff || marker === 0 || marker === 0xff) { at++; continue; } // pixels, a stuffed byte, filling
    if (marker === 0xd9) { facts.whole = scans > 0 && scans <= maxScans; break; }
    if (marker >= 0xd0 && marker <= 0xd7) { at += 2; continue; }
    if (at + 4 > size) break;
    const end = at + 2 + data.getUint16(at + 2);
    if (end < at + 4 || end > size) break;
    if (marker >= 0xc0 && marker <= 0xc2 && !facts.width && end >= at + 10) Object.assign(facts, { height: data.getUint16(at + 5), width: data.getUint16(at + 7) });
    if (marker === 0xda) scans++;
    at = end;
  }
  return facts;
}

// png walks over the chunks and their checksums (PNG 3rd edition, 5.3, 5.5 and 11.2): browsers draw what they can of a
// damaged picture, the server refuses it.
function png(data) {
  if (data.byteLength < 29 || word(data, 12, 4) !== "IHDR") return {};
  const facts = { width: data.getUint32(16), height: data.getUint32(20) };
  for (let at = 8; at + 12 <= data.byteLength; ) {
    const name = word(data, at + 4, 4), end = at + 12 + data.getUint32(at);
    if (end > data.byteLength || checksum(data, at + 4, end - 4) !== data.getUint32(end - 4)) break;
    if (name === "acTL") facts.animated = true;
    if (name === "IEND") { facts.whole = true; break; }
    at = end;
  }
  return facts;
}

const table = Uint32Array.from({ length: 256 }, (_, n) => { for (let bit = 0; bit < 8; bit++) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1; return n; });
function checksum(data, from, to) {
  let sum = 0xffffffff;
  for (let at = from; at < to; at++) sum = table[(sum ^ data.getUint8(at)) & 0xff] ^ (sum >>> 8);
  return ~sum >>> 0;
}

// webp walks over the chunks (RFC 9649, 2.3 to 2.7).
function webp(data) {
  const facts = {}, size = data.byteLength, uint24 = (at) => data.getUint16(at, true) | (data.getUint8(at + 2) << 16);
  let framed = false, cut = 8 + data.getUint32(4, true) > size;
  for (let at = 12; at + 8 <= size; ) {
    const name = word(data, at, 4), length = data.getUint32(at + 4, true), body = at + 8;
    cut ||= body + length > size;
    if (name === "VP8X" && body + 10 <= size && !framed) Object.assign(facts, { extended: true, animated: (data.getUint8(body) & 2) !== 0, width: 1 + uint24(body + 4), height: 1 + uint24(body + 7) });
    if (name === "ANIM" || name === "ANMF") facts.animated = true;
    if ((name === "VP8 " || name === "VP8L") && body + 10 <= size) {
      framed = true;
      if (!facts.extended && name === "VP8 ") Object.assign(facts, { width: data.getUint16(body + 6, true) & 0x3fff, height: data.getUint16(body + 8, true) & 0x3fff });
      if (!facts.extended && name === "VP8L") { const bits = data.getUint32(body + 1, true); Object.assign(facts, { width: 1 + (bits & 0x3fff), height: 1 + ((bits >>> 14) & 0x3fff) }); }
    }
    at = body + length + (length & 1);
  }
  return { ...facts, whole: framed && !cut };
}
