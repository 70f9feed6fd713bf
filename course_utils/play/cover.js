// A gray square on a photograph: the network is asked again, and the bars of its classes follow.
function play(root, data, model) {
  const { height, width, names, size, whole } = data;
  let at = [...data.at];

  const photo = picture(height, width);
  paint(photo, asBytes(data.pixels));
  const seen = picture(height, width, { tabindex: 0, role: "group", class: "large",
    "aria-label": "The photograph: arrow keys move the gray square." });
  const covering = make("input", { type: "checkbox", oninput: draw });
  covering.checked = true;
  const bars = scores(names);
  const said = make("p", { role: "status" });
  root.append(
    make("p", { class: "how" }, "Drag the square over the photograph, or click into it and use the arrow keys (with Shift " +
      "pixel by pixel). The bars are what the network says of what is left; a line is what it says of the whole."),
    make("div", { class: "row" }, make("figure", {}, seen),
      make("div", { class: "grow" }, labelled("cover", covering), bars.element)),
    said,
  );
  const ask = asking(model, answered, (error) => (said.textContent = error));

  function draw() {
    at = [clamp(at[0], 0, height - size), clamp(at[1], 0, width - size)];
    const pen = seen.getContext("2d");
    pen.drawImage(photo, 0, 0);
    if (covering.checked) {
      pen.fillStyle = "rgb(127, 127, 127)";
      pen.fillRect(at[1], at[0], size, size);
      pen.strokeStyle = "#fff";
      pen.strokeRect(at[1] - 0.5, at[0] - 0.5, size + 1, size + 1);
    }
    ask({ at: covering.checked ? at : null });
  }

  function answered({ at: asked, scores: values }) {
    bars.show(values, whole);
    const best = whole.indexOf(Math.max(...whole));
    said.textContent = `${asked ? `Rows ${asked[0]} to ${asked[0] + size - 1}, columns ${asked[1]} to ` +
      `${asked[1] + size - 1} covered` : "Nothing covered"}: ${names[best]} ${percent(values[best])}` +
      ` (the whole: ${percent(whole[best])}); it says ${names[values.indexOf(Math.max(...values))]}.`;
  }

  function move(top, left) {
    at = [top, left];
    draw();
  }

  onArrows(seen, (down, right, slow) => move(at[0] + down * (slow ? 1 : 10), at[1] + right * (slow ? 1 : 10)));
  dragging(seen, (x, y) => move(Math.round(y * height - size / 2), Math.round(x * width - size / 2)));
  bars.show(whole, whole);
  draw();
}
