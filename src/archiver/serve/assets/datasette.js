// Adds what screen readers need on Datasette's own pages: a language, a main element, labels, headings in order.
const labels = {
  "select[name^=_filter_column]": "Column",
  "select[name^=_filter_op]": "Comparison",
  "select[name=_sort]": "Sort by",
  "input.filter-value": "Value",
  ".CodeMirror textarea": "SQL",
};

function complete() {
  document.documentElement.lang ||= "en";
  document.querySelector("section.content")?.setAttribute("role", "main");
  for (const [selector, label] of Object.entries(labels)) {
    for (const field of document.querySelectorAll(selector)) field.setAttribute("aria-label", label);
  }
  for (const heading of document.querySelectorAll("section.content h3")) {
    heading.setAttribute("role", "heading");
    heading.setAttribute("aria-level", "2");
  }
  // Scrollable elements must be reachable by keyboard.
  for (const region of document.querySelectorAll(".table-wrapper, .CodeMirror-scroll, pre")) region.tabIndex = 0;
}

document.addEventListener("DOMContentLoaded", complete);
// Datasette creates its SQL editor after the page has loaded and this listener has run.
window.addEventListener("load", () => setTimeout(complete));
