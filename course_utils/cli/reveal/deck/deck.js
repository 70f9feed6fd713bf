// Lays the slides out, then starts reveal.js. What nbconvert wrote is cut into as many slides as it
// needs: every block is measured where it stands, the best places to cut are computed, and what is
// still a little too tall is made smaller.
"use strict";

(async () => {
  const HEIGHT = 720;
  const PADDING = {top: 34, bottom: 46};
  const ROOM = HEIGHT - PADDING.top - PADDING.bottom;
  const TITLE = 42; // pixels for the title that a slide without a heading repeats
  const CODE_LINES = 16; // more on one slide is a wall
  const SMALLEST = {text: 0.85, figure: 0.75}; // what a plan may count on
  // Pairs of text and figure size, tried in turn until a slide fits.
  const SIZES = [
    [1, 1.2], [1, 1.1], [1, 1], [1, 0.95], [1, 0.9], [0.95, 0.9], [0.95, 0.85], [0.95, 0.8],
    [0.9, 0.8], [0.9, 0.75], [0.85, 0.75], [0.85, 0.7], [0.8, 0.7], [0.8, 0.65], [0.75, 0.6],
    [0.7, 0.55], [0.65, 0.5],
  ];

  // --- Blocks: what may stand on another slide than its neighbour ---

  const MAY_BE_CUT = new Set(["SECTION", "DIV", "UL", "OL", "TABLE", "TBODY", "BLOCKQUOTE", "PRE"]);

  function blocks(node) {
    if (node.matches("aside")) return [];
    const hasText = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
    const inline = [...node.children].some((one) => getComputedStyle(one).display.startsWith("inline"));
    const isWhole = !MAY_BE_CUT.has(node.tagName) || !node.children.length || hasText || inline;
    const found = isWhole ? [node] : [...node.children].flatMap(blocks);
    return found.filter((block) => block.getBoundingClientRect().height > 0);
  }

  const isHeading = (block) => /^H[1-6]$/.test(block.tagName);
  const isFigure = (block) => block.tagName === "IMG" || block.querySelector("img") !== null;

  function codeLines(block) {
    const isCode = block.tagName === "PRE" && block.closest(".jp-CodeMirrorEditor");
    return isCode ? block.textContent.trimEnd().split("\n").length : 0;
  }

  // How bad it is to cut between two blocks, where one more slide costs 1.
  function cutCost(before, after) {
    const both = (selector) => {
      const one = before.closest(selector);
      return one !== null && one === after.closest(selector);
    };
    if (isHeading(before) || after.matches(".answer, tfoot")) return Infinity;
    if (both("table")) return before.matches("caption, thead") ? Infinity : 0.5;
    if (before.textContent.trim().endsWith(":")) return 0.5;
    if (both("pre")) return 0.8;
    if (both("ul, ol")) return 0.35;
    if (isFigure(after) && !isFigure(before)) return 0.3;
    if (before.closest(".jp-CodeMirrorEditor") && after.closest(".jp-OutputArea")) return 0.6;
    return both(".jp-Cell") ? 0.15 : 0;
  }

  // --- The plan: at which blocks of a section new slides begin ---

  function plan(all) {
    const boxes = all.map((block) => block.getBoundingClientRect());
    const best = [{cost: 0, cuts: []}]; // best[n]: for the first n blocks
    for (let end = 1; end <= all.length; end++) {
      best[end] = {cost: Infinity, cuts: []};
      for (let start = end - 1; start >= 0; start--) {
        const cut = start > 0 ? cutCost(all[start - 1], all[start]) : 0;
        const cost = best[start].cost + cut + slideCost(all.slice(start, end), boxes.slice(start, end));
        if (cost < best[end].cost) best[end] = {cost, cuts: [...best[start].cuts, start]};
      }
    }
    return best[all.length].cuts.slice(1);
  }

  function slideCost(chosen, boxes) {
    const tall = boxes.at(-1).bottom - boxes[0].top + (isHeading(chosen[0]) ? 0 : TITLE);
    const figures = chosen.map((block, i) => (isFigure(block) ? boxes[i].height : 0));
    const figure = figures.reduce((sum, height) => sum + height, 0);
    const lines = chosen.map(codeLines).filter((count) => count);
    const isWall = lines.length > 1 && lines.reduce((sum, count) => sum + count) > CODE_LINES;
    const empty = Math.max(0, ROOM - tall) / ROOM;
    let cost = 1 + (isWall ? 2 : 0) + 0.2 * empty ** 2; // slides of about the same height
    let over = tall - ROOM;
    if (over <= 0) return cost;
    const fromFigures = Math.min(over, figure * (1 - SMALLEST.figure));
    cost += 3 * fromFigures / ROOM;
    over -= fromFigures;
    const textSize = 1 - over / (tall - figure || 1);
    if (over <= 0) return cost;
    if (textSize >= SMALLEST.text) return cost + 5 * (1 - textSize);
    return chosen.length === 1 ? cost + 3 : cost + 20 * (1 + over / ROOM);
  }

  // --- Cutting ---

  function cutBefore(section, block) {
    const table = block.closest("table");
    const list = block.closest("ol");
    const number = list ? list.start + [...list.children].indexOf(block.closest("li")) : 1;
    const range = document.createRange();
    range.setStartBefore(block);
    range.setEndAfter(section.lastChild);
    const rest = section.cloneNode(false);
    rest.append(range.extractContents()); // lists, tables and cells around the block are copied
    // An element that was cut is there twice. The parts of a formula are not, and need their names.
    for (const copy of rest.querySelectorAll("[id]:not(svg *)")) copy.removeAttribute("id");
    section.after(rest);
    if (block.tagName === "TR" && table.tHead) block.closest("table").prepend(table.tHead.cloneNode(true));
    if (block.tagName === "LI" && list) block.closest("ol").start = number;
    const fragment = block.closest(".fragment");
    if (fragment) fragment.classList.remove("fragment"); // a new slide begins with something on it
    return rest;
  }

  function repeatTitle(slide, title) {
    const first = blocks(slide)[0];
    if (!title || !first || isHeading(first)) return;
    const again = document.createElement("p");
    again.className = "again";
    again.textContent = title;
    slide.prepend(again);
  }

  // --- Fitting one slide ---

  // What is too wide is made smaller; lines of output that are still too long are wrapped. A few long
  // lines are a sentence, which is better wrapped at once; more are a table.
  function fitWidth(section) {
    for (const one of section.querySelectorAll("pre, table, mjx-container")) {
      const have = one.parentElement.getBoundingClientRect().width;
      const need = Math.max(one.scrollWidth, one.getBoundingClientRect().width);
      if (need <= have + 1) continue;
      const size = parseFloat(getComputedStyle(one).fontSize);
      const least = one.matches(".jp-OutputArea pre") && one.children.length <= 3 ? 0.95 : 0.62;
      one.style.fontSize = `${Math.max(least, have / need) * size / parentSize(one)}em`;
      if (one.tagName === "PRE" && one.scrollWidth > have + 1) one.style.whiteSpace = "pre-wrap";
    }
  }

  const parentSize = (node) => parseFloat(getComputedStyle(node.parentElement).fontSize);

  function spare(slide) {
    const bottoms = blocks(slide).map((block) => block.getBoundingClientRect().bottom);
    return slide.getBoundingClientRect().top + HEIGHT - PADDING.bottom - Math.max(...bottoms);
  }

  function fit(slide) {
    const figures = [...slide.querySelectorAll("img")];
    const widths = figures.map((figure) => figure.getBoundingClientRect().width);
    const full = parseFloat(getComputedStyle(slide).fontSize);
    for (const [text, figure] of SIZES) {
      if (figure > 1 && figures.length !== 1) continue;
      slide.style.fontSize = `${text * full}px`;
      figures.forEach((one, i) => { one.style.width = `${figure * widths[i]}px`; });
      if (spare(slide) >= 0) break;
    }
    slide.dataset.text = parseFloat(slide.style.fontSize) / full;
    const rooms = slide.querySelectorAll(".answer");
    const more = Math.max(0, spare(slide)) / rooms.length;
    for (const room of rooms) room.style.height = `${room.getBoundingClientRect().height + more}px`;
  }

  // --- Notes for the speaker ---

  // A note goes with the first block of the cell in front of it, and not with its last line: it may
  // say what to ask before the output is seen.
  function moveToItsCell(note) {
    const cellOf = (part) => part?.id.replace(/-\d+$/, "");
    let first = note.previousElementSibling;
    while (first?.id && cellOf(first.previousElementSibling) === cellOf(first)) {
      first = first.previousElementSibling;
    }
    if (first) blocks(first)[0]?.after(note);
  }

  // reveal.js shows the speaker one note for a slide.
  function joinNotes(slide) {
    const [first, ...others] = slide.querySelectorAll("aside.notes");
    for (const other of others) {
      first.append(...other.childNodes);
      other.remove();
    }
    if (first) slide.append(first);
  }

  // --- All of it ---

  function layOut() {
    let title = "";
    for (const section of document.querySelectorAll(".slides > section > section")) {
      for (const note of section.querySelectorAll("aside.notes")) moveToItsCell(note);
      for (const pre of section.querySelectorAll(".jp-OutputArea pre")) linesOf(pre);
      fitWidth(section);
      const all = blocks(section);
      const slides = [section];
      for (const start of plan(all)) slides.push(cutBefore(slides.at(-1), all[start]));
      for (const slide of slides) {
        repeatTitle(slide, title);
        const headings = slide.querySelectorAll("h1, h2, h3");
        if (headings.length) title = headings[headings.length - 1].textContent;
        fit(slide);
        joinNotes(slide);
      }
    }
  }

  // Printed lines become blocks, so that long output can go on on the next slide.
  function linesOf(pre) {
    if (pre.children.length) return;
    const lines = pre.textContent.replace(/\n+$/, "").split("\n");
    pre.replaceChildren(...lines.map((text) => {
      const line = document.createElement("span");
      line.className = "line";
      line.textContent = text;
      return line;
    }));
  }

  // Escape ends writing an answer, before reveal.js takes it for its overview.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !document.activeElement.matches(".answer")) return;
    document.activeElement.blur();
    event.stopPropagation();
  }, true);

  if (document.readyState !== "complete") await new Promise((done) => addEventListener("load", done));
  await Promise.all([...document.fonts].map((font) => font.load()));
  await MathJax.startup.promise;
  await MathJax.typesetPromise();
  layOut();
  document.body.classList.remove("laying-out");
  const pages = new Promise((done) => Reveal.on("pdf-ready", done));
  await Reveal.initialize({
    width: 1280, height: HEIGHT, margin: 0.02, center: false, hash: true, slideNumber: "c/t",
    navigationMode: "linear", transition: "none", pdfSeparateFragments: false, plugins: [RevealNotes],
  });
  if (Reveal.isPrintingPDF()) await pages;
  document.body.classList.add("ready");
})();
