// Shows the API's own document; nothing is fetched from anywhere else.
window.addEventListener("DOMContentLoaded", () => {
  SwaggerUIBundle({
    url: document.getElementById("api").dataset.url,
    dom_id: "#api",
    docExpansion: "list",
    defaultModelsExpandDepth: -1,
    validatorUrl: null,
  });
});
