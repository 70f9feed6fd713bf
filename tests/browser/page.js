// What play.py asks JupyterLab's page: each page begins with this script.
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
