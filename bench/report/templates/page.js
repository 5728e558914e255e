"use strict";
(() => {
  // Values of marks: shown on hover, tap, and with the arrow keys. A mark's <title> is its text.
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "status");
  document.body.append(tip);
  let active = null;

  for (const title of document.querySelectorAll("figure svg path > title")) {
    title.parentNode.dataset.tip = title.textContent;
    title.remove();
  }

  const marksOf = svg => [...svg.querySelectorAll("[data-tip]")].filter(mark => mark.getClientRects().length);

  function show(mark) {
    if (active === mark) return;
    active?.classList.remove("on");
    active = mark;
    tip.textContent = mark ? mark.dataset.tip : "";
    mark?.classList.add("on");
    place();
  }

  function place() {
    if (!active) return;
    const box = active.getBoundingClientRect(), own = tip.getBoundingClientRect();
    const room = document.documentElement.clientWidth - own.width - 8;
    const left = Math.max(8, Math.min(box.left + box.width / 2 - own.width / 2, room));
    const above = box.top - own.height - 8;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 8 ? above : box.bottom + 8}px`;
  }

  function distance(mark, x, y) {
    const box = mark.getBoundingClientRect();
    return Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
  }

  function point(event) {
    const svg = event.target.closest?.("figure svg");
    const near = svg ? marksOf(svg).map(mark => [distance(mark, event.clientX, event.clientY), mark]) : [];
    const [away, mark] = near.reduce((best, one) => (one[0] < best[0] ? one : best), [40, null]);
    show(away < 40 ? mark : null);
  }

  document.addEventListener("pointermove", point);
  document.addEventListener("pointerdown", point);
  addEventListener("scroll", place, { passive: true });

  function step(event) {
    const svg = event.currentTarget, marks = marksOf(svg), at = marks.indexOf(active);
    const to = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Escape") show(null);
    if (to === undefined || !marks.length) return;
    event.preventDefault();
    show(marks[at < 0 && event.key.startsWith("Arrow") ? 0 : (to + marks.length) % marks.length]);
  }

  for (const svg of document.querySelectorAll("figure svg")) {
    svg.setAttribute("tabindex", "0");
    svg.setAttribute("aria-description", "Arrow keys read the values.");
    svg.addEventListener("keydown", step);
    svg.addEventListener("focus", () => svg.matches(":focus-visible") && show(marksOf(svg)[0]));
    svg.addEventListener("blur", () => show(null));
  }

  // Subjects that can be switched off.
  for (const group of document.querySelectorAll(".subjects")) {
    group.hidden = false;
    group.addEventListener("change", event => {
      const those = group.closest(".result").querySelectorAll(`[data-subject="${event.target.value}"]`);
      those.forEach(one => one.classList.toggle("off", !event.target.checked));
    });
  }

  // Pictures as files: what is shown, with the style sheet of pictures inside.
  function saved(svg) {
    const copy = svg.cloneNode(true), [, , width, height] = svg.getAttribute("viewBox").split(" ");
    copy.querySelectorAll(".off").forEach(one => one.remove());
    copy.querySelectorAll("[data-tip]").forEach(mark => {
      const title = document.createElementNS(svg.namespaceURI, "title");
      title.textContent = mark.dataset.tip;
      mark.append(title);
      mark.removeAttribute("data-tip");
      mark.classList.remove("on");
    });
    ["tabindex", "aria-description"].forEach(name => copy.removeAttribute(name));
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    const style = document.createElementNS(svg.namespaceURI, "style");
    style.textContent = document.getElementById("pictures-css").textContent;
    copy.prepend(style);
    return new XMLSerializer().serializeToString(copy);
  }

  function save(figure) {
    const svg = [...figure.querySelectorAll("svg")].find(one => one.getClientRects().length);
    const link = document.createElement("a"), name = svg.querySelector("title").textContent;
    link.href = URL.createObjectURL(new Blob([saved(svg)], { type: "image/svg+xml" }));
    link.download = `${name.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "")}.svg`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  for (const tools of document.querySelectorAll("figure .tools")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Save as SVG";
    button.addEventListener("click", () => save(tools.closest("figure")));
    tools.append(button);
  }
})();
