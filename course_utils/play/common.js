// What all pieces share. Each piece is a function `play(root, data, ask)`, written behind this.

// Make an element: attributes, listeners named onclick and the like, then what is in it.
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

let labels = 0; // so that every label has a control of its own

function labelled(name, control, ...more) {
  control.id = `course-play-${(labels += 1)}-${Math.random().toString(36).slice(2)}`;
  return make("div", { class: "control" }, make("label", { for: control.id }, name), control, ...more);
}

// A slider over a list of values, which shows and says the chosen one.
function slider(name, values, start, changed, say = String) {
  const shown = make("output");
  const control = make("input", { type: "range", min: 0, max: values.length - 1, step: 1 });
  control.value = values.indexOf(start);
  const show = () => {
    shown.textContent = say(values[control.value]);
    control.setAttribute("aria-valuetext", shown.textContent);
  };
  control.addEventListener("input", () => (show(), changed()));
  show();
  const element = labelled(name, control, shown);
  return { element, get value() { return values[control.value]; } };
}

function choice(name, options, changed) {
  const control = make("select", { onchange: changed }, ...options.map((one) => make("option", {}, one)));
  const element = labelled(name, control);
  return { element, control, get value() { return control.value; } };
}

// The course's pieces are used with the arrow keys: (rows, columns) of one step.
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function onArrows(element, move) {
  element.addEventListener("keydown", (event) => {
    if (!ARROWS[event.key] || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    move(...ARROWS[event.key], event.shiftKey);
  });
}

// Tell where in an element the pointer is dragged or clicked, from 0 to 1, across and down.
function dragging(element, moved) {
  let held = false;
  const tell = (event) => {
    const box = element.getBoundingClientRect();
    moved(clamp((event.clientX - box.left) / box.width, 0, 1), clamp((event.clientY - box.top) / box.height, 0, 1), event);
  };
  element.addEventListener("pointerdown", (event) => {
    held = true;
    element.setPointerCapture(event.pointerId);
    tell(event);
  });
  element.addEventListener("pointermove", (event) => held && tell(event));
  element.addEventListener("lostpointercapture", () => (held = false));
}

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// "-1" with a true minus sign, and three digits, as in the figures of the course.
const short = (value) => String(Number(value.toPrecision(3))).replace("-", "\u2212");

const thousands = (value) => Math.round(value).toLocaleString("en-US");

// A canvas of gray or RGB bytes, as large as its picture; CSS makes it larger.
function picture(height, width, attributes = {}) {
  const canvas = make("canvas", attributes);
  [canvas.height, canvas.width] = [height, width];
  return canvas;
}

function paint(canvas, bytes) {
  const context = canvas.getContext("2d");
  const image = context.createImageData(canvas.width, canvas.height);
  const channels = bytes.length / (canvas.width * canvas.height);
  for (let i = 0; i < canvas.width * canvas.height; i += 1) {
    for (let c = 0; c < 3; c += 1) image.data[4 * i + c] = bytes[channels * i + (channels > 1 ? c : 0)];
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

const asBytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

function asFloats(view) {
  const copy = view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength);
  return new Float32Array(copy);
}

// Ask the kernel. While it thinks, only the latest question waits: a fast hand cannot pile them up.
function asking(model, answered, failed) {
  let busy = false, waiting = null;
  const send = ([content, buffers]) => ((busy = true), model.send(content, undefined, buffers));
  model.on("msg:custom", (content, buffers) => {
    busy = false;
    if (content.error) failed(content.error);
    else answered(content, buffers);
    const next = waiting;
    waiting = null;
    if (next) send(next);
  });
  return (content, buffers = []) => {
    if (busy) waiting = [content, buffers];
    else send([content, buffers]);
  };
}

const percent = (share) => `${(100 * share).toFixed(0)}%`;

// A bar for each class, and a line for what to compare it with.
function scores(names) {
  const rows = names.map((name) => {
    const [filled, mark, text] = [make("div", { class: "filled" }), make("div", { class: "mark" }), make("span")];
    return { filled, mark, text, name: make("span", {}, name) };
  });
  const element = make("div", { class: "scores" }, ...rows.flatMap(({ name, filled, mark, text }) =>
    [name, make("div", { class: "track" }, filled, mark), text]));
  const show = (values, before) => rows.forEach(({ filled, mark, text }, k) => {
    filled.style.width = `${100 * values[k]}%`;
    mark.style.left = before ? `${100 * before[k]}%` : "0";
    text.textContent = percent(values[k]);
  });
  return { element, show };
}

export default {
  render({ model, el }) {
    // Without these two, JupyterLab takes the arrow keys for its own.
    const root = make("div", { class: "course-play", "data-lm-suppress-shortcuts": "true" });
    root.addEventListener("keydown", (event) => event.stopPropagation());
    el.append(root);
    play(root, model.get("data"), model);
  },
};
