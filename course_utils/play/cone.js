// What one value of a layer sees: a square on the photograph, and a cone through the layers.
function play(root, data) {
  const { networks } = data; // of each: height, width, channels, and its layers
  const photo = picture(data.height, data.width);
  paint(photo, asBytes(data.pixels));
  let network, at;

  const names = choice("network", Object.keys(networks), take);
  const control = make("input", { type: "range", min: 0, step: 1, class: "long", oninput: () => (middle(), draw()) });
  const shown = make("output");
  const layers = labelled("layer", control, shown);
  const seen = make("canvas", { tabindex: 0, role: "group", "aria-label":
    "The photograph: arrow keys move to another value of the layer." });
  const side = make("canvas", { role: "img", class: "words", "aria-label": "The cone from the side, from the image up to the layer" });
  const said = make("p", { role: "status" });
  root.append(
    make("p", { class: "how" }, "Choose a network and a layer. Click or drag on the photograph, or use the arrow " +
      "keys there, to take another value of the layer; with Shift they go ten values at a time."),
    make("div", { class: "row" }, names.element, layers),
    make("div", { class: "row wide" },
      make("figure", {}, make("figcaption", {}, "what the value sees"), seen),
      make("figure", {}, make("figcaption", {}, "the same from the side"), side)),
    said,
  );

  const layer = () => network.layers[control.value];
  // The first and the last pixel that value number i sees, in rows (axis 0) or columns (axis 1).
  const sees = ({ axes }, axis, i) => [axes[axis].low + i * axes[axis].advance, axes[axis].high + i * axes[axis].advance];

  function take() {
    network = networks[names.value];
    control.max = network.layers.length - 1;
    const start = network.layers.findIndex((one) => one.name === data.start);
    control.value = start < 0 ? network.layers.length >> 1 : start;
    middle();
    draw();
  }

  function middle() {
    at = layer().size.map((side) => side >> 1);
  }

  function draw() {
    const one = layer();
    shown.textContent = one.name;
    control.setAttribute("aria-valuetext", one.name);
    at = at.map((i, axis) => clamp(i, 0, one.size[axis] - 1));
    const [rows, columns] = [0, 1].map((axis) => sees(one, axis, at[axis]));
    drawSeen(rows, columns);
    drawSide(columns);
    const long = ([low, high]) => high - low + 1;
    const inside = ([low, high], side) => Math.max(0, Math.min(high, side - 1) - Math.max(low, 0) + 1);
    const [all, within] = [long(rows) * long(columns), inside(rows, network.height) * inside(columns, network.width)];
    said.textContent = `${one.name}, row ${at[0]}, column ${at[1]} of ${one.size.join(" \u00d7 ")} values: it sees ` +
      `${long(rows)} \u00d7 ${long(columns)} pixels` +
      (within < all ? `, of which ${thousands(all - within)} of ${thousands(all)} lie in the padding` : "") +
      `. The image has ${network.height} \u00d7 ${network.width}.`;
  }

  function drawSeen(rows, columns) {
    const scale = (seen.width = seen.height = 400) / network.width;
    const pen = seen.getContext("2d");
    pen.filter = network.channels === 1 ? "grayscale(1)" : "none";
    const small = picture(network.height, network.width);
    small.getContext("2d").drawImage(photo, 0, 0, network.width, network.height);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(small, 0, 0, 400, 400);
    pen.filter = "none";
    const box = [columns[0], rows[0], columns[1] - columns[0] + 1, rows[1] - rows[0] + 1].map((x) => x * scale);
    pen.fillStyle = "rgba(0, 0, 0, 0.55)"; // what it does not see is darker
    pen.beginPath();
    pen.rect(0, 0, 400, 400);
    pen.rect(...box);
    pen.fill("evenodd");
    for (const [colour, wide] of [["#000", 5], ["#f89c20", 3]]) {
      [pen.strokeStyle, pen.lineWidth] = [colour, wide];
      pen.strokeRect(...box);
    }
  }

  function drawSide(columns) {
    const [across, up, ground, top] = [440, 400, 376, 30];
    [side.width, side.height] = [across, up];
    const pen = side.getContext("2d");
    const colour = getComputedStyle(root).color;
    const least = Math.min(0, columns[0]), most = Math.max(network.width - 1, columns[1]);
    const x = (pixel) => 8 + ((pixel - least + 0.5) / (most - least + 1)) * (across - 16);
    const count = +control.value + 1;
    const step = Math.min(48, (ground - top) / count);
    // Of each layer below: the first and the last value that lie in the cone, over the pixels they stand on.
    const levels = network.layers.slice(0, count).map(({ axes, size }) => {
      const { low, high, advance } = axes[1];
      const stands = (i) => x((low + high) / 2 + i * advance);
      const first = advance ? Math.ceil((columns[0] - low) / advance) : 0;
      const last = advance ? Math.floor((columns[1] - high) / advance) : 0;
      return { cone: [stands(first), stands(Math.max(first, last))], all: [stands(0), stands(size[1] - 1)] };
    });
    levels.unshift({ cone: columns.map(x), all: [x(0), x(network.width - 1)] });
    levels.forEach((level, n) => (level.y = ground - n * step));
    pen.fillStyle = "rgba(248, 156, 32, 0.45)";
    pen.beginPath();
    levels.forEach(({ cone, y }) => pen.lineTo(cone[0], y));
    levels.toReversed().forEach(({ cone, y }) => pen.lineTo(cone[1], y));
    pen.fill();
    pen.strokeStyle = pen.fillStyle = colour;
    levels.forEach(({ all, cone, y }, n) => {
      const ends = n && n < count ? [cone] : [all, cone]; // the whole row only at the bottom and on top
      ends.forEach(([from, to], thick) => {
        pen.lineWidth = thick || ends.length === 1 ? Math.min(4, step / 2) : 1;
        pen.beginPath();
        pen.moveTo(Math.min(from, to - 2), y);
        pen.lineTo(Math.max(to, from + 2), y);
        pen.stroke();
      });
    });
    pen.font = "14px system-ui, sans-serif";
    pen.fillText(`the image, ${network.width} columns`, 8, up - 6);
    const label = `${layer().name}, ${layer().size[1]} columns`;
    const tip = levels.at(-1);
    const room = pen.measureText(label).width;
    pen.fillText(label, clamp(tip.cone[1] - room / 2, 8, across - room - 8), Math.max(12, tip.y - 8));
  }

  function move(i, j) {
    at = [i, j];
    draw();
  }

  onArrows(seen, (down, right, far) => move(at[0] + down * (far ? 10 : 1), at[1] + right * (far ? 10 : 1)));
  dragging(seen, (x, y) => {
    const near = [y * network.height, x * network.width].map((pixel, axis) => {
      const { low, high, advance } = layer().axes[axis];
      return advance ? Math.round((pixel - 0.5 - (low + high) / 2) / advance) : 0;
    });
    move(...near);
  });
  new MutationObserver(draw).observe(document.body, { attributeFilter: ["data-jp-theme-light"] });
  take();
}
