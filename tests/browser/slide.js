// Everything a class sees on the current slide, with all fragments shown: text by its lines, not by
// the boxes around it, because a line may hang out of its box.
() => {
  const slide = Reveal.getCurrentSlide();
  for (const one of slide.querySelectorAll(".fragment")) one.classList.add("visible");
  const page = slide.getBoundingClientRect(), scale = Reveal.getScale();
  const rects = [], sizes = [];
  const walk = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode, around = node.parentElement;
    if (!node.data.trim() || around.closest("aside, mjx-assistive-mml, style, script")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) rects.push([node.data.trim().slice(0, 40), rect]);
    sizes.push(parseFloat(getComputedStyle(around).fontSize));
  }
  for (const one of slide.querySelectorAll("img, svg, table, .answer, pre"))
    if (!one.closest("aside")) rects.push([one.tagName, one.getBoundingClientRect()]);
  const bottom = page.top + 720 * scale + 1, right = page.left + 1280 * scale + 1;
  const outside = rects.filter(([, r]) => r.width && (r.top < page.top - 1 ||
    r.left < page.left - 1 || r.bottom > bottom || r.right > right));
  const code = [...slide.querySelectorAll(".jp-CodeMirrorEditor pre")];
  const images = [...slide.querySelectorAll("img")];
  const figures = images.map((one) => one.getBoundingClientRect().width);
  const boxes = [...slide.querySelectorAll("pre, td")];
  return {
    outside: outside.map(([what]) => what), seen: rects.length, text: +slide.dataset.text,
    smallest: Math.min(...sizes), figure: Math.min(...figures) / scale,
    code: code.map((one) => one.textContent.trim().split("\n").length).reduce((a, b) => a + b, 0),
    clipped: boxes.filter((one) => one.scrollWidth > one.clientWidth + 2).length,
    broken: images.filter((one) => !one.naturalWidth).length,
    maths: /[^\\]\$[^$]+\$/.test(slide.innerText) ? 1 : 0,
    invisible: [...slide.querySelectorAll("svg use")]
      .filter((one) => !document.querySelector(one.getAttribute("xlink:href"))).length,
  };
}
