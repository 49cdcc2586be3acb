// A JupyterLab extension in the form that module federation loads, small enough to need no build.
// The server rewrites START.md whenever a notebook is saved; the page is read again when it comes to the front.
(() => {
  const plugin = {
    id: "workbook:start-page",
    autoStart: true,
    activate: (app) => {
      const refresh = async () => {
        const context = app.shell.currentWidget?.context;
        if (context?.path !== "START.md" || !context.isReady || context.model.dirty) {
          return;
        }
        const file = await app.serviceManager.contents.get(context.path, { content: false });
        if (file.last_modified !== context.contentsModel?.last_modified) {
          await context.revert();
        }
      };
      app.restored.then(() => window.innerWidth < 700 && app.shell.collapseLeft?.()); // a phone has room for one column
      app.shell.currentChanged?.connect(refresh);
      window.addEventListener("focus", refresh);
    },
  };
  const container = { init: () => {}, get: async () => () => ({ __esModule: true, default: plugin }) };
  window._JUPYTERLAB = Object.assign(window._JUPYTERLAB ?? {}, { workbook: container });
})();
