// Draws the picture that dashboard/circuit_view computes. Streamlit calls the default export at every rerun with
// the same parentElement, so what must outlive a rerun (zoom, handlers) is kept per parentElement.

const SVG = "http://www.w3.org/2000/svg";
const views = new WeakMap();

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  let view = views.get(parentElement);
  if (!view) {
    view = createView(parentElement);
    views.set(parentElement, view);
  }
  view.click = (name) => setTriggerValue("node", name);
  const signature = JSON.stringify(data.picture);
  if (view.signature !== signature) {
    view.signature = signature;
    draw(view, data.picture);
  }
  view.selected = data.selected;
  showSelected(view);
}

function createView(root) {
  const view = { pane: root.querySelector(".pane"), tip: root.querySelector(".tip"), frame: root.querySelector(".view"),
    colours: root.querySelector(".colours") };
  root.querySelectorAll("[data-zoom]").forEach((button) => {
    button.onclick = () => zoomBy(view, button.dataset.zoom);
  });
  root.querySelectorAll("[data-save]").forEach((button) => {
    button.onclick = () => save(view, button.dataset.save);
  });
  view.pane.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    setZoom(view, view.zoom * Math.exp(-event.deltaY / 300), event);
  }, { passive: false });
  enablePanning(view);
  return view;
}

function draw(view, picture) {
  view.picture = picture;
  view.at = new Map(picture.nodes.map((node) => [node.name, node]));
  view.svg = make("svg", { viewBox: `0 0 ${picture.width} ${picture.height}`, role: "img",
    "aria-label": `Circuit of ${picture.edges.length} edges` });
  picture.bands.forEach((band) => drawBand(view, band, picture.width));
  view.lines = [...picture.feeds.map((feed) => drawFeed(view, feed)), ...drawEdges(view, picture.edges)];
  view.boxes = new Map(picture.nodes.map((node) => [node.name, drawNode(view, node)]));
  if (picture.lens) drawLens(view, picture.lens);
  view.pane.replaceChildren(view.svg);
  view.colours.replaceChildren(...picture.legend.map(key), ...picture.roles.map(roleKey));
  zoomBy(view, "width");
  view.pane.scrollTop = 0;
}

function key({ colour, label }) {
  return entry(26, 8, make("line", { class: colour, x1: 0, y1: 4, x2: 26, y2: 4 }), label);
}

function roleKey({ role, label }) {
  const [width, height] = [28, 12];
  const shape = make("g", { class: "node role", transform: `translate(${width / 2} ${height / 2})` });
  shape.append(...outline({ kind: "head", role, width: width - 2, height: height - 2 }));
  return entry(width, height, shape, label);
}

function entry(width, height, mark, label) {
  const picture = make("svg", { width, height });
  picture.append(mark);
  const found = document.createElement("span");
  found.className = "key";
  found.append(picture, label);
  return found;
}

function drawBand(view, band, width) {
  view.svg.append(make("rect", { class: "band", x: 0, y: band.y, width, height: band.height, rx: 5 }));
  const label = make("text", { class: "band-label", x: 10, y: band.y + band.height / 2 + 4 });
  label.textContent = band.label;
  view.svg.append(label);
}

function drawFeed(view, feed) {
  const line = make("path", { class: "feed", d: route(view, feed) });
  view.svg.append(line);
  return { ...feed, line };
}

function drawEdges(view, edges) {
  const strongest = Math.max(...edges.map((edge) => Math.abs(edge.weight)), 1e-12);
  const lines = edges.map((edge) => {
    const share = Math.sqrt(Math.abs(edge.weight) / strongest);
    const line = make("path", { class: `edge ${edge.colour}`, d: route(view, edge),
      "stroke-width": (0.6 + 4.4 * share).toFixed(2), opacity: (0.12 + 0.78 * share).toFixed(2) });
    return { ...edge, line };
  });
  view.svg.append(...lines.map((edge) => edge.line), ...lines.map((edge) => touchLine(view, edge)));
  return lines;
}

// Edges leave a node at its top and enter one at its bottom; those along the MLP lane bend out to the right.
function route(view, edge) {
  const from = view.at.get(edge.source);
  const to = view.at.get(edge.target);
  const [x0, y0] = [port(from, to), from.y - from.height / 2];
  const [x1, y1] = [port(to, from), to.y + to.height / 2];
  const rise = y0 - y1;
  const along = from.kind === "mlp" && to.kind === "mlp" && rise > 60;
  const bend = along ? Math.min(20 + rise * 0.14, 190) : 0;
  const pull = Math.min(Math.max(rise * 0.42, 12), along ? 400 : 110);
  return `M${x0} ${y0}C${x0 + bend} ${y0 - pull} ${x1 + bend} ${y1 + pull} ${x1} ${y1}`;
}

// Embedding and logits are bars: an edge meets them straight above or below its other end.
function port(node, other) {
  const isBar = node.kind === "embed" || node.kind === "logits";
  return isBar && other.width < node.width ? other.x : node.x;
}

function touchLine(view, edge) {
  const touch = make("path", { class: "touch", d: edge.line.getAttribute("d") });
  touch.onpointerenter = (event) => {
    focus(view, (line) => line === edge, [edge.source, edge.target]);
    showTip(view, event, [`${edge.source} → ${edge.target}`, edge.said]);
  };
  touch.onpointerleave = () => unfocus(view);
  return touch;
}

function drawNode(view, node) {
  const group = make("g", { class: `node ${node.kind} ${node.colour}`, transform: `translate(${node.x} ${node.y})`, tabindex: 0,
    role: "button", "aria-label": node.name, "data-node": node.name });
  group.append(...outline(node));
  const label = make("text", {});
  label.textContent = node.name;
  group.append(label);
  group.onpointerenter = (event) => {
    focusNode(view, node.name);
    showTip(view, event, [node.name, node.said]);
  };
  group.onpointerleave = () => unfocus(view);
  group.onclick = () => view.click(node.name);
  group.onkeydown = (event) => { if (event.key === "Enter") view.click(node.name); };
  view.svg.append(group);
  return group;
}

// What a head does shows in its ends: a mover points right, a relation head left, a mixture is half of each.
function outline({ kind, role, width, height }) {
  const [x, y, tip] = [width / 2, height / 2, height * 0.45];
  const round = kind === "mlp" ? 2 : y;
  const half = (name, side, from) =>
    make("path", { class: name, d: `M${from} ${-y}H${side * (x - tip)}L${side * x} 0L${side * (x - tip)} ${y}H${from}Z` });
  if (role === "mover") return [half("mover", 1, -x)];
  if (role === "relation") return [half("relation", -1, x)];
  if (role === "mixture") return [half("relation", -1, 0), half("mover", 1, 0)];
  return [make("rect", { x: -x, y: -y, width, height, rx: round })];
}

function focusNode(view, name) {
  const touching = view.lines.filter((line) => line.source === name || line.target === name);
  focus(view, (line) => touching.includes(line), [name, ...touching.flatMap((line) => [line.source, line.target])]);
}

function focus(view, isLit, names) {
  view.svg.classList.add("focused");
  const lit = new Set(names);
  view.lines.forEach((line) => line.line.classList.toggle("lit", isLit(line)));
  view.boxes.forEach((box, name) => box.classList.toggle("lit", lit.has(name)));
}

function unfocus(view) {
  view.tip.hidden = true;
  showSelected(view);
}

function showSelected(view) {
  view.boxes.forEach((box, name) => box.classList.toggle("selected", name === view.selected));
  if (view.boxes.has(view.selected)) focusNode(view, view.selected);
  else view.svg.classList.remove("focused");
}

function showTip(view, event, [title, text]) {
  const heading = document.createElement("b");
  heading.textContent = title;
  view.tip.replaceChildren(heading, `\n${text}`);
  view.tip.hidden = false;
  const frame = view.frame.getBoundingClientRect();
  const x = Math.min(event.clientX - frame.left + 14, frame.width - view.tip.offsetWidth - 4);
  const below = event.clientY - frame.top + 16;
  const fits = below + view.tip.offsetHeight < frame.height;
  view.tip.style.left = `${Math.max(x, 0)}px`;
  view.tip.style.top = `${fits ? below : event.clientY - frame.top - view.tip.offsetHeight - 10}px`;
}

function zoomBy(view, how) {
  const { width, height } = view.picture;
  const wide = (view.pane.clientWidth || 800) / width;
  const zooms = { in: view.zoom * 1.25, out: view.zoom / 1.25, width: Math.min(wide, 1.3),
    all: Math.min(wide, 756 / height) };
  setZoom(view, zooms[how]);
}

function setZoom(view, zoom, pointer) {
  const { pane, svg, picture } = view;
  const before = view.zoom || zoom;
  view.zoom = Math.min(Math.max(zoom, 0.1), 4);
  const box = pane.getBoundingClientRect();
  const x = pointer ? pointer.clientX - box.left : box.width / 2;
  const y = pointer ? pointer.clientY - box.top : box.height / 2;
  const left = ((pane.scrollLeft + x) * view.zoom) / before - x;
  const top = ((pane.scrollTop + y) * view.zoom) / before - y;
  svg.setAttribute("width", Math.floor(picture.width * view.zoom));
  svg.setAttribute("height", Math.floor(picture.height * view.zoom));
  pane.scrollTo(left, top);
}

const [ENTRY, ROW] = [250, 20]; // width and height of an entry of a file's legend, px
const STYLES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "opacity", "paint-order",
  "font-size", "font-weight", "font-family", "text-anchor", "dominant-baseline"];

// A file has no style sheet: the drawing is copied with its computed styles, a background and the legend.
function save(view, kind) {
  const { width, height } = view.picture;
  const perRow = Math.max(1, Math.floor((width - 10) / ENTRY));
  const keys = [...view.colours.children];
  const high = height + 16 + ROW * Math.ceil(keys.length / perRow);
  const copy = view.svg.cloneNode(true);
  const copies = copy.querySelectorAll("*");
  view.svg.querySelectorAll("*").forEach((element, index) => inline(element, copies[index]));
  copy.querySelectorAll(".touch, .lens-touch").forEach((line) => line.remove());
  const background = getComputedStyle(view.pane).backgroundColor;
  copy.prepend(make("rect", { width, height: high, fill: background }));
  copy.append(...keys.flatMap((key, index) => legendOfFile(
    view, key, 10 + ENTRY * (index % perRow), height + 16 + ROW * Math.floor(index / perRow))));
  Object.entries({ xmlns: SVG, width, height: high, viewBox: `0 0 ${width} ${high}` })
    .forEach(([name, value]) => copy.setAttribute(name, value));
  const file = new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
  if (kind === "svg") download(file, "circuit.svg");
  else rasterise(file, width, high);
}

function inline(element, copy) {
  const style = getComputedStyle(element);
  STYLES.forEach((name) => copy.setAttribute(name, style.getPropertyValue(name)));
}

function legendOfFile(view, key, x, y) {
  const picture = key.querySelector("svg");
  const mark = make("g", { transform: `translate(${x} ${y - picture.getAttribute("height") / 2})` });
  const copies = [...picture.children].map((child) => child.cloneNode(true));
  mark.append(...copies);
  const drawn = mark.querySelectorAll("*");
  picture.querySelectorAll("*").forEach((element, index) => inline(element, drawn[index]));
  const style = getComputedStyle(view.frame);
  const text = make("text", { x: x + 34, y: y + 4, fill: style.color, "font-size": 13, "font-family": style.fontFamily });
  text.textContent = key.textContent;
  return [mark, text];
}

function rasterise(file, width, height) {
  const address = URL.createObjectURL(file);
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width * 2, height * 2];
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => download(blob, "circuit.png"));
    URL.revokeObjectURL(address);
  };
  image.src = address;
}

function download(file, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function enablePanning(view) {
  const { pane } = view;
  let start = null;
  pane.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || event.target.closest(".node")) return;
    start = { x: event.clientX, y: event.clientY, left: pane.scrollLeft, top: pane.scrollTop };
    pane.classList.add("dragging");
    pane.setPointerCapture(event.pointerId);
  });
  pane.addEventListener("pointermove", (event) => {
    if (start) pane.scrollTo(start.left + start.x - event.clientX, start.top + start.y - event.clientY);
  });
  pane.addEventListener("pointerup", (event) => {
    const still = start && Math.hypot(event.clientX - start.x, event.clientY - start.y) < 4;
    start = null;
    pane.classList.remove("dragging");
    if (still && view.selected) view.click("");
  });
}

function make(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  return element;
}
