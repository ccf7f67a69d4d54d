// The few words the other modules share.
export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// on delegates: it hears of elements that come later, too.
export const on = (type, selector, react, options) =>
  document.addEventListener(type, (event) => {
    const element = event.target.closest?.(selector);
    if (element) react(element, event);
  }, options);

// Whatever has to be done to markup that has just arrived, by page load or swap, registers here. It must bear being run
// twice over the same element.
const arrivals = [];
export const onArrival = (react) => arrivals.push(react);
export const settle = () => arrivals.forEach((react) => react());

// unsafe: does this element's request change something?
export const changes = (element) => element.matches?.("form[method=post], [hx-post], [hx-put], [hx-patch], [hx-delete]");

// number writes n with its thousands apart, as the server does: by the same customs (views/cldr.go).
export const number = (n) => new Intl.NumberFormat({ es: "es-419", fr: "fr-CA" }[document.documentElement.lang] ?? "en", { useGrouping: "always" }).format(n);
