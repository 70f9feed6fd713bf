// What play.py and exercises.py ask JupyterLab's page: each page begins with this script.
window.course = {
  // Whether this notebook is open and its kernel waits.
  isReady(path) {
    const panel = window.jupyterapp?.shell?.currentWidget;
    return panel?.context?.path === path && panel.context.isReady
      && panel.sessionContext.session?.kernel?.status === "idle";
  },

  // Let the notebook's kernel run a line, and ask it for a value.
  async ask([code, value]) {
    const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const asked = kernel.requestExecute({code, user_expressions: {value}});
    const found = (await asked.done).content.user_expressions.value;
    return found.data?.["text/plain"] ?? found.traceback?.join("\n");
  },

  // The model of the cell at a place.
  cell: (place) => jupyterapp.shell.currentWidget.content.widgets[place].model,

  // Run the cell at a place.
  run(place) {
    jupyterapp.shell.currentWidget.content.activeCellIndex = place;
    jupyterapp.commands.execute("notebook:run-cell");
  },

  // What stands below a cell, how many of its texts are wider than their boxes (they are cut off,
  // or set over something else), and whether it is an error.
  read(cell) {
    const outputs = [...cell.querySelectorAll(".jp-OutputArea-output")];
    const inside = [...cell.querySelectorAll(".jp-OutputArea-output *")];
    const wide = inside.filter((one) =>
      one.scrollWidth > one.clientWidth + 2 && one.clientWidth);
    return [outputs.map((one) => one.innerText).join("\n"), wide.length,
      !!cell.querySelector("[data-mime-type*=error], [data-mime-type*=stderr]")];
  },

  // Whether the picture, the widget and an error in its place are seen.
  seen() {
    const shown = (one) => !!one && one.getClientRects().length > 0;
    const last = [...document.querySelectorAll(".course-picture")].pop();
    const errors = [...document.querySelectorAll(".jp-OutputArea-output")].filter((one) =>
      /Error displaying|Loading widget/.test(one.textContent));
    return {picture: shown(last), widget: shown(document.querySelector(".course-play")),
      error: errors.some(shown)};
  },
};
