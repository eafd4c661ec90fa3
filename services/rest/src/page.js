// Shows the OpenAPI document that the page names.
const page = document.getElementById("page");
SwaggerUIBundle({ url: page.dataset.document, dom_id: "#page", docExpansion: "none", deepLinking: true, validatorUrl: null });
