// Shows the API's description. It is a file of its own so that the page needs no inline scripts.
window.addEventListener("load", () => {
  window.ui = SwaggerUIBundle({
    url: document.documentElement.dataset.document,
    dom_id: "#docs",
    deepLinking: true,
    docExpansion: "list",
    validatorUrl: null,
    presets: [SwaggerUIBundle.presets.apis],
  });
});
