// Keyboard shortcuts: / focuses the search box, j and k move between stories.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = document.activeElement;
  if (at && (at.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName))) return;
  if (event.key === "/") {
    const box = document.getElementById("q");
    if (box) {
      event.preventDefault();
      box.focus();
      box.select();
    } else {
      document.querySelector(".brand").focus();
    }
  } else if (event.key === "j" || event.key === "k") {
    const links = [...document.querySelectorAll(".hits h2 a")];
    const here = links.indexOf(at);
    const next = event.key === "j" ? here + 1 : Math.max(here - 1, 0);
    if (links[next]) links[next].focus();
  }
});
// On a phone the filters would come before the stories, so they are closed at first.
if (window.matchMedia("(max-width: 48rem)").matches) {
  for (const part of document.querySelectorAll("details.narrow")) part.open = false;
}
