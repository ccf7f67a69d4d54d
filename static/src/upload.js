// upload is fetch for one request with a body, telling how much of it is gone.
export function upload(url, { method, headers, body, signal }, progress) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open(method, url);
    xhr.responseType = "text";
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = ({ loaded, total, lengthComputable }) => { if (lengthComputable) progress(loaded / total); };
    xhr.upload.onload = () => progress(1); // gone; the server is at work
    xhr.onload = () => {
      const answered = new Headers(xhr.getAllResponseHeaders().trim().split("\r\n").filter(Boolean).map((line) => { const at = line.indexOf(":"); return [line.slice(0, at), line.slice(at + 1).trim()]; }));
      resolve(new Response([204, 205, 304].includes(xhr.status) ? null : xhr.responseText, { status: xhr.status, headers: answered }));
    };
    xhr.onerror = () => reject(new TypeError("upload failed"));
    xhr.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal.addEventListener("abort", () => xhr.abort());
    xhr.send(body);
  });
}
