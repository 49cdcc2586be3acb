// A JupyterLab extension in the form that module federation loads, small enough to need no build.
// The server rewrites START.md whenever a notebook is saved; the page is read again whenever it comes to the front.
(() => {
  const plugin = {
    id: "workbook:start-page",
    autoStart: true,
    activate: (app) => {
      const refresh = () => {
        const context = app.shell.currentWidget?.context;
        if (context?.path === "START.md" && context.isReady && !context.model.dirty) {
          context.revert();
        }
      };
      app.shell.currentChanged?.connect(refresh);
      window.addEventListener("focus", refresh);
    },
  };
  const container = { init: () => {}, get: async () => () => ({ __esModule: true, default: plugin }) };
  window._JUPYTERLAB = Object.assign(window._JUPYTERLAB ?? {}, { workbook: container });
})();
