// Three bars of cost, which follow the size of the images, the batch and the width of the network.
function play(root, data) {
  const { costs, start } = data;
  const [size, batch, width] = data.choices.map(({ name, values }, n) =>
    slider(name, values, start[n], draw, n === 2 ? (value) => `\u00d7 ${value}` : thousands));
  const bars = data.units.map(({ name }) => {
    const [filled, mark, text] = [make("div", { class: "filled" }), make("div", { class: "mark" }), make("output")];
    const track = make("div", { class: "track" }, filled, mark);
    return { filled, mark, text, element: make("div", { class: "bar" }, make("span", {}, name), track, text) };
  });
  const said = make("p", { role: "status", class: "quiet" });
  root.append(
    make("p", { class: "how" }, "Drag the three sliders, or go to one with Tab and use the arrow keys. The line across a bar " +
      `is where it began: ${start[0]} \u00d7 ${start[0]} pixels, a batch of ${start[1]}, width \u00d7 ${start[2]}.`),
    make("div", { class: "row" }, size.element, batch.element, width.element),
    ...bars.map((bar) => bar.element),
    said,
  );

  function draw() {
    const now = costs[`${size.value} ${batch.value} ${width.value}`];
    const before = costs[start.join(" ")];
    const texts = bars.map((bar, n) => {
      const most = Math.max(now[n], before[n]);
      bar.filled.style.width = `${(100 * now[n]) / most}%`;
      bar.mark.style.left = `${(100 * before[n]) / most}%`;
      const { divisor, unit } = data.units[n];
      bar.text.textContent = `${digits(now[n] / divisor)} ${unit}, \u00d7 ${digits(now[n] / before[n])}`;
      return `${data.units[n].name} ${bar.text.textContent}`;
    });
    said.textContent = `${texts.join("; ")}.`;
  }

  const digits = (value) => (value >= 100 ? thousands(value) : String(Number(value.toPrecision(3))));
  draw();
}
