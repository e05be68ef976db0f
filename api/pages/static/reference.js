// Starts the reference of the API on the document that the element beside it names.
const place = document.getElementById("reference");
window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  deepLinking: true,
  validatorUrl: null,
  syntaxHighlight: false,
  defaultModelsExpandDepth: 0,
});
