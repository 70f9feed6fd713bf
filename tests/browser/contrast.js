// Of each kind of text: the least contrast as WCAG 2 has it, and where. MathJax's formulas have the
// colour of the text around them.
(root) => {
  const colour = (text) => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
    return [r, g, b, a];
  };
  const over = ([r, g, b, a], [x, y, z]) =>
    [r * a + x * (1 - a), g * a + y * (1 - a), b * a + z * (1 - a)];
  const light = (rgb) => rgb.map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
  const worst = {};
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const at = walk.currentNode.parentElement, style = getComputedStyle(at);
    if (!walk.currentNode.data.trim() || !at.getClientRects().length) continue;
    if (at.closest("script, style, svg, mjx-assistive-mml")) continue;
    if (style.visibility != "visible") continue;
    const behind = [];
    let seen = 1;
    for (let one = at; one; one = one.parentElement) {
      behind.push(colour(getComputedStyle(one).backgroundColor));
      seen *= getComputedStyle(one).opacity;
    }
    const ground = behind.reduceRight((below, one) => over(one, below), [255, 255, 255]);
    const [r, g, b, a] = colour(style.color);
    const both = [light(over([r, g, b, a * seen], ground)), light(ground)];
    const contrast = (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    const kind = at.closest(".c1") ? "comment" : at.closest(".highlight") ? "code" :
      at.closest("a") ? "link" : "text";
    if (!(contrast >= worst[kind]?.[0])) worst[kind] = [contrast, walk.currentNode.data.trim()];
  }
  return worst;
}
