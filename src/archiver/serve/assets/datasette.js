// What Datasette's own pages lack for people who use a screen reader: a language, a main part, labels, headings in order.
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
  // What scrolls has to be reached by keyboard.
  for (const region of document.querySelectorAll(".table-wrapper, .CodeMirror-scroll, pre")) region.tabIndex = 0;
}

document.addEventListener("DOMContentLoaded", complete);
// Datasette makes its SQL editor when the page has loaded, after this listener runs.
window.addEventListener("load", () => setTimeout(complete));
