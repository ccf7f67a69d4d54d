// The words of a page, in the browser's language where there are some.

export const text = (name, ...with_) => chrome.i18n.getMessage(name, with_.map(String));

/** Puts the words into a page: data-text is an element's text, data-label its name for those who do not see it. */
export function speak(root = document) {
  document.documentElement.lang = text("lang");
  for (const e of root.querySelectorAll("[data-text]")) e.textContent = text(e.dataset.text);
  for (const e of root.querySelectorAll("[data-label]")) e.setAttribute("aria-label", text(e.dataset.label));
}

/** A trouble in words. */
export const says = (error) => error.says || text(`trouble_${error.kind}`) || text("trouble_busy");

const today = new Intl.DateTimeFormat(text("lang"), { timeStyle: "short" });
const otherwise = new Intl.DateTimeFormat(text("lang"), { dateStyle: "medium", timeStyle: "short" });

/** An instant as people write it, in the browser's zone. */
export function when(iso) {
  const at = new Date(iso);
  return (at.toDateString() === new Date().toDateString() ? today : otherwise).format(at);
}
