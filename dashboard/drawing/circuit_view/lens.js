// The lens beside the layers: how far each block's sum has raised an answer, at the height of that block.
function drawLens(view, lens) {
  lens.ticks.forEach(({ x, label }) => {
    view.svg.append(make("line", { class: "lens-axis", x1: x, x2: x, y1: lens.top, y2: lens.bottom }), text(x, lens.top - 5, label));
  });
  view.svg.append(text(lens.x + lens.width / 2, lens.top - 18, lens.title));
  lens.marks.forEach(({ y }) => {
    view.svg.append(make("line", { class: "lens-mark", x1: lens.x, x2: lens.x + lens.width, y1: y, y2: y }));
  });
  lens.lines.forEach(({ colour, points }) => view.svg.append(make("polyline", { class: colour, points })));
  lens.marks.forEach(({ x, y, label, above }) => {
    const words = text(lens.x + 4, above ? y - 4 : y + 12, label, "lens-label");
    words.style.textAnchor = "start";
    view.svg.append(make("circle", { class: "lens-dot", cx: x, cy: y, r: 4 }), words);
  });
  lens.blocks.forEach((block) => view.svg.append(touchBlock(view, lens, block)));
}

function touchBlock(view, lens, { name, top, height, said }) {
  const touch = make("rect", { class: "lens-touch", x: lens.x, y: top, width: lens.width, height });
  touch.onpointerenter = (event) => showTip(view, event, [name, said]);
  touch.onpointerleave = () => unfocus(view);
  return touch;
}

function text(x, y, label, kind = "lens-text") {
  const words = make("text", { class: kind, x, y });
  words.textContent = label;
  words.style.textAnchor = "middle";
  return words;
}
