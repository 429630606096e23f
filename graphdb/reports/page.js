"use strict";
// A click on a head sorts its table; a component that is pointed at lights up with what it reads and writes.
const number = (text) => Number(text.replaceAll(",", "").replace("−", "-").replace("%", ""));

function compare(a, b) {
  const [x, y] = [number(a), number(b)];
  return Number.isNaN(x) || Number.isNaN(y) ? a.localeCompare(b, undefined, { numeric: true }) : x - y;
}

for (const head of document.querySelectorAll(".sortable thead th")) {
  head.addEventListener("click", () => {
    const ascending = head.getAttribute("aria-sort") === "descending" || !head.hasAttribute("aria-sort");
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const body = head.closest("table").tBodies[0];
    const rows = [...body.rows].sort((a, b) => compare(a.cells[head.cellIndex].textContent, b.cells[head.cellIndex].textContent));
    body.append(...(ascending ? rows : rows.reverse()));
  });
}

for (const svg of document.querySelectorAll(".drawing svg")) {
  const lines = [...svg.querySelectorAll("[data-source]")];
  const nodes = [...svg.querySelectorAll("[data-node]")];
  const light = (touches) => {
    const names = new Set();
    svg.classList.add("focused");
    for (const line of lines) {
      const lit = touches(line.dataset);
      (line.querySelector(".edge") || line).classList.toggle("lit", lit);
      if (lit) names.add(line.dataset.source).add(line.dataset.target);
    }
    for (const node of nodes) node.classList.toggle("lit", names.has(node.dataset.node));
  };
  for (const node of nodes) {
    const name = node.dataset.node;
    node.addEventListener("pointerenter", () => light(({ source, target }) => source === name || target === name));
    node.addEventListener("pointerleave", () => svg.classList.remove("focused"));
  }
}
