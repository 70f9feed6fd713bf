// A window slides over an image: what lies under it, the products, their sum.
function play(root, data) {
  const { image, kernel, sizes } = data;
  const [height, width] = [image.length, image[0].length];
  const [tall, wide] = [kernel.length, kernel[0].length];
  let at = [...data.at];

  const stride = slider("stride", [1, 2, 3], data.strides, draw);
  const padding = slider("padding", [0, 1, 2], data.padding, draw);
  const dilation = slider("dilation", [1, 2, 3], 1, draw);
  const input = grid("input", "Input: arrow keys move the window.");
  const weights = grid("kernel");
  const products = grid("products");
  const output = grid("output");
  const said = make("p", { role: "status" });
  root.append(
    make("p", { class: "how" }, "Drag the window over the input, or click into the input and use the arrow " +
      "keys. The sliders change how it moves."),
    make("div", { class: "row" }, stride.element, padding.element, dilation.element),
    make("div", { class: "row" }, input.element, weights.element, products.element, output.element),
    said,
  );

  function grid(name, help) {
    const cells = make("div", help ? { class: "cells", tabindex: 0, role: "group", "aria-label": help }
      : { class: "cells", "aria-hidden": "true" });
    return { cells, element: make("figure", {}, make("figcaption", {}, name), cells) };
  }

  // `look` gives the text of a square and its class.
  function fill({ cells }, rows, columns, look) {
    cells.style.gridTemplateColumns = `repeat(${columns}, minmax(2.1em, auto))`;
    cells.replaceChildren();
    for (let i = 0; i < rows; i += 1)
      for (let j = 0; j < columns; j += 1) {
        const [text, name] = look(i, j);
        cells.append(make("span", { class: name, "data-row": i, "data-column": j }, text));
      }
  }

  const pixel = (i, j) => image[i - padding.value]?.[j - padding.value] ?? 0;

  function value(i, j) {
    const found = [];
    for (let u = 0; u < tall; u += 1)
      for (let v = 0; v < wide; v += 1)
        found.push([pixel(i * stride.value + u * dilation.value, j * stride.value + v * dilation.value),
          kernel[u][v]]);
    return found;
  }

  const sum = (pairs) => pairs.reduce((total, [a, b]) => total + a * b, 0);

  function draw() {
    const size = sizes[`${stride.value} ${padding.value} ${dilation.value}`];
    const frame = padding.value;
    const [rows, columns] = size ?? [0, 0];
    at = [clamp(at[0], 0, Math.max(0, rows - 1)), clamp(at[1], 0, Math.max(0, columns - 1))];
    const [top, left] = [at[0] * stride.value, at[1] * stride.value];
    const under = (i, j) => size && [[i - top, tall], [j - left, wide]].every(
      ([from, side]) => from >= 0 && from % dilation.value === 0 && from / dilation.value < side);
    fill(input, height + 2 * frame, width + 2 * frame, (i, j) => {
      const inside = i >= frame && j >= frame && i < height + frame && j < width + frame;
      return [short(pixel(i, j)), under(i, j) ? "window" : inside ? "" : "frame"];
    });
    fill(weights, tall, wide, (u, v) => [short(kernel[u][v]), "kernel"]);
    const pairs = size ? value(...at) : [];
    const product = (u, v) => pairs[u * wide + v].map(short).join("\u00d7");
    fill(products, size ? tall : 0, wide, (u, v) => [product(u, v), "window"]);
    fill(output, rows, columns || 1, (i, j) => {
      const here = i === at[0] && j === at[1];
      const done = i < at[0] || (i === at[0] && j <= at[1]);
      return [done ? short(sum(value(i, j))) : "", here ? "window" : ""];
    });
    said.textContent = size
      ? `Row ${at[0]}, column ${at[1]} of the output: ${pairs.map((pair) => pair.map(short).join("\u00d7")).join(" + ")} = ` +
        `${short(sum(pairs))}. The output has ${rows} \u00d7 ${columns} values.`
      : "The kernel finds no place: with this dilation it is larger than the input.";
  }

  function move(i, j) {
    at = [i, j];
    draw();
  }

  onArrows(input.cells, (down, right) => move(at[0] + down, at[1] + right));
  dragging(input.cells, (x, y) => {
    const squares = [height, width].map((side) => side + 2 * padding.value);
    const place = (index, side) => Math.round((index - ((side - 1) * dilation.value) / 2) / stride.value);
    move(place(Math.floor(y * squares[0]), tall), place(Math.floor(x * squares[1]), wide));
  });
  draw();
}
