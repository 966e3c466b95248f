// Dragging a range over the bars narrows the time of the search. Without it, each bar is a link, and the form has two dates.
"use strict";
for (const plot of document.querySelectorAll("svg.plot[data-times]")) {
  const times = plot.dataset.times.split(" ");
  const box = plot.viewBox.baseVal;
  const range = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  range.setAttribute("class", "range");
  range.setAttribute("y", 0);
  range.setAttribute("height", box.height);
  let start = null;
  let end = null;
  const at = (event) => {
    const area = plot.getBoundingClientRect();
    const place = Math.floor(((event.clientX - area.left) / area.width) * times.length);
    return Math.min(Math.max(place, 0), times.length - 1);
  };
  const show = () => {
    const step = box.width / times.length;
    range.setAttribute("x", Math.min(start, end) * step);
    range.setAttribute("width", (Math.abs(end - start) + 1) * step);
    plot.append(range);
  };
  const stop = () => {
    start = end = null;
    range.remove();
  };
  plot.addEventListener("dragstart", (event) => event.preventDefault());
  plot.addEventListener("pointerdown", (event) => {
    if (event.button === 0) start = end = at(event);
  });
  plot.addEventListener("pointermove", (event) => {
    if (start === null) return;
    end = at(event);
    if (end !== start) {
      plot.setPointerCapture(event.pointerId);
      show();
    }
  });
  plot.addEventListener("pointerup", (event) => {
    if (start === null) return;
    const first = times[Math.min(start, end)];
    const last = times[Math.max(start, end)];
    const dragged = start !== end;
    stop();
    if (dragged) location.assign(plot.dataset.link.replace("SINCE", first).replace("UNTIL", last));
  });
  plot.addEventListener("pointercancel", stop);
  for (const hint of document.querySelectorAll(".ranged")) hint.hidden = false;
}
