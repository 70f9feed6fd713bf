// A kernel whose numbers are edited, and what it makes of a photograph.
function play(root, data) {
  const { height, width, kernels } = data;
  const pixels = asFloats(data.pixels);
  let kernel;

  const OWN = "your own";
  const names = choice("kernel", [...Object.keys(kernels), OWN], () => kernels[names.value] && take(names.value));
  const numbers = [0, 1, 2].map((u) => [0, 1, 2].map((v) => make("input", {
    type: "number", step: "any", "aria-label": `weight in row ${u}, column ${v}`, oninput: edit,
    onclick: (event) => event.target.select(), // so that typing replaces the number
  })));
  const photograph = picture(height, width, { role: "img", "aria-label": "the photograph" });
  const result = picture(height - 2, width - 2, { role: "img", "aria-label": "what the kernel makes of it" });
  const said = make("p", { role: "status" });
  root.append(
    make("p", { class: "how" }, "Choose a kernel, or type a number into one of its nine fields; the keys up and " +
      "down change it by 1."),
    make("div", { class: "row wide" },
      make("figure", {}, make("figcaption", {}, "photograph"), photograph),
      make("div", {}, names.element, make("div", { class: "numbers" }, ...numbers.flat())),
      make("figure", {}, make("figcaption", {}, "result"), result)),
    said,
  );

  function take(name) {
    kernel = kernels[name].map((line) => [...line]);
    numbers.forEach((line, u) => line.forEach((one, v) => (one.value = Number(kernel[u][v].toPrecision(3)))));
    draw();
  }

  function edit() {
    names.control.value = OWN;
    numbers.forEach((line, u) => line.forEach((one, v) => {
      if (one === this) kernel[u][v] = one.valueAsNumber || 0;
    }));
    draw();
  }

  function draw() {
    const [rows, columns] = [height - 2, width - 2];
    const map = new Float32Array(rows * columns);
    let [least, most] = [Infinity, -Infinity];
    for (let i = 0; i < rows; i += 1)
      for (let j = 0; j < columns; j += 1) {
        let sum = 0;
        for (let u = 0; u < 3; u += 1)
          for (let v = 0; v < 3; v += 1) sum += kernel[u][v] * pixels[(i + u) * width + j + v];
        map[i * columns + j] = sum;
        [least, most] = [Math.min(least, sum), Math.max(most, sum)];
      }
    const total = kernel.flat().reduce((a, b) => a + b, 0);
    let [low, high] = [0, 1];
    const change = Math.abs(total) < 1e-6; // then 0 is middle gray, as in the figures of the course
    if (change) {
      const sizes = map.map(Math.abs).sort();
      high = sizes[Math.round(0.995 * (sizes.length - 1))] || 1;
      low = -high;
    }
    paint(result, Uint8ClampedArray.from(map, (value) => (255 * (value - low)) / (high - low)));
    said.textContent = `The sum of the nine weights is ${short(change ? 0 : total)}. The result goes from ` +
      `${short(least)} to ${short(most)}; ${change ? "gray is 0" : "black is 0, white is 1"}.`;
  }

  paint(photograph, Uint8ClampedArray.from(pixels, (value) => 255 * value));
  names.control.value = data.start;
  take(data.start);
}
