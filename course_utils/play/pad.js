// A pad to draw on: the feature maps and the class that the network names follow the pen.
function play(root, data, model) {
  const { height, width, maps, map_height, map_width, names } = data;
  const start = asBytes(data.pixels);
  let pixels = new Uint8ClampedArray(start);
  let at = [height >> 1, width >> 1];
  let down = false; // whether the pen draws while the arrow keys move it

  const brush = slider("brush", [1, 2, 3, 5], 2, () => {});
  const tool = choice("with", ["white", "black"], () => {});
  const small = picture(height, width);
  const pad = picture(12 * height, 12 * width, { tabindex: 0, role: "group", class: "large",
    "aria-label": "Drawing pad: arrow keys move the pen, the space bar lowers and lifts it." });
  const sheet = Array.from({ length: maps }, (_, n) =>
    picture(map_height, map_width, { role: "img", "aria-label": `feature map ${n}` }));
  const bars = scores(names);
  const said = make("p", { role: "status" });
  root.append(
    make("p", { class: "how" }, "Draw with the mouse. By keyboard: the arrow keys move the pen, the space bar lowers and " +
      "lifts it."),
    make("div", { class: "row" }, tool.element, brush.element,
      make("button", { onclick: () => replace(new Uint8ClampedArray(start.length)) }, "Clear"),
      make("button", { onclick: () => replace(new Uint8ClampedArray(start)) }, "Picture")),
    make("div", { class: "row" }, make("figure", {}, pad), make("div", { class: "sheet" }, ...sheet),
      make("div", { class: "grow" }, bars.element)),
    said,
  );
  const ask = asking(model, answered, (error) => (said.textContent = error));

  function replace(drawing) {
    pixels = drawing;
    draw();
  }

  // Pixels whose middle is within the brush become white or black.
  function stroke(i, j) {
    const radius = brush.value / 2;
    for (let row = 0; row < height; row += 1)
      for (let column = 0; column < width; column += 1)
        if (Math.hypot(row - i, column - j) <= radius) pixels[row * width + column] = tool.value === "white" ? 255 : 0;
  }

  function draw() {
    paint(small, pixels);
    const pen = pad.getContext("2d");
    pen.imageSmoothingEnabled = false;
    pen.drawImage(small, 0, 0, pad.width, pad.height);
    for (const [colour, wide] of [["#000", 4], [down ? "#f89c20" : "#fff", 2]]) {
      [pen.strokeStyle, pen.lineWidth] = [colour, wide];
      pen.strokeRect(at[1] * 12, at[0] * 12, 12, 12);
    }
    ask({}, [new Uint8Array(pixels).buffer]);
  }

  function answered({ scores: values }, [buffer]) {
    const bytes = asBytes(buffer);
    const length = map_height * map_width;
    sheet.forEach((one, n) => paint(one, bytes.subarray(n * length, (n + 1) * length)));
    bars.show(values);
    const order = [...values.keys()].sort((a, b) => values[b] - values[a]).slice(0, 3);
    said.textContent = `The network says ${order.map((k) => `${names[k]} ${percent(values[k])}`).join(", ")}. ` +
      `The pen is at row ${at[0]}, column ${at[1]}, ${down ? "and draws" : "lifted"}.`;
  }

  onArrows(pad, (by, right) => {
    at = [clamp(at[0] + by, 0, height - 1), clamp(at[1] + right, 0, width - 1)];
    if (down) stroke(...at);
    draw();
  });
  pad.addEventListener("keydown", (event) => {
    if (event.key !== " ") return;
    event.preventDefault();
    down = !down;
    if (down) stroke(...at);
    draw();
  });
  dragging(pad, (x, y) => {
    at = [clamp(Math.floor(y * height), 0, height - 1), clamp(Math.floor(x * width), 0, width - 1)];
    stroke(...at);
    draw();
  });
  draw();
}
