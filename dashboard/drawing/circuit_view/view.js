// Shows the drawing that graphdb/drawing makes. Streamlit calls the default export at every rerun with
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
    keys: root.querySelector(".keys") };
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

// The drawing comes as SVG whose names are escaped; its titles become the tip, which a browser shows at once.
function draw(view, picture) {
  view.picture = picture;
  view.pane.innerHTML = picture.svg;
  view.keys.innerHTML = picture.legend;
  view.svg = view.pane.querySelector("svg");
  view.lines = [...view.svg.querySelectorAll("[data-source]")].map((element) => readLine(view, element));
  view.boxes = new Map([...view.svg.querySelectorAll("[data-node]")].map((box) => [box.dataset.node, box]));
  view.boxes.forEach((box, name) => readNode(view, box, name));
  view.svg.querySelectorAll(".stripe").forEach((stripe) => tell(view, stripe, () => {}));
  zoomBy(view, "width");
  view.pane.scrollTop = 0;
}

function readLine(view, element) {
  const { source, target } = element.dataset;
  const line = { source, target, drawn: element.querySelector(".edge") || element };
  if (element.querySelector(".touch")) tell(view, element, () => focus(view, (other) => other === line, [source, target]));
  return line;
}

function readNode(view, box, name) {
  box.setAttribute("tabindex", 0);
  box.setAttribute("role", "button");
  box.setAttribute("aria-label", name);
  tell(view, box, () => focusNode(view, name), "\nclick: more about it");
  box.onclick = () => view.click(name);
  box.onkeydown = (event) => { if (event.key === "Enter") view.click(name); };
}

function tell(view, element, light, more = "") {
  const title = element.querySelector("title");
  const [heading, ...said] = title.textContent.split("\n");
  title.remove();
  element.onpointerenter = (event) => {
    light();
    showTip(view, event, [heading, said.join("\n") + more]);
  };
  element.onpointerleave = () => unfocus(view);
}

function focusNode(view, name) {
  const touching = view.lines.filter((line) => line.source === name || line.target === name);
  focus(view, (line) => touching.includes(line), [name, ...touching.flatMap((line) => [line.source, line.target])]);
}

function focus(view, isLit, names) {
  view.svg.classList.add("focused");
  const lit = new Set(names);
  view.lines.forEach((line) => line.drawn.classList.toggle("lit", isLit(line)));
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
  const keys = [...view.keys.querySelectorAll(".colours .key")];
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
