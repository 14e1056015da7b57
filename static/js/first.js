// Who goes on before a page has faded in cuts its transition off, which is no error. Said to the browser before it paints the page, so this
// is no module: they run later.
addEventListener("unhandledrejection", (event) => { if (/^Transition was /.test(event.reason?.message)) event.preventDefault(); });
