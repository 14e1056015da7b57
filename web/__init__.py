"""Pages: views, forms, template tags and middleware. One folder a subject; `templates/` mirrors it."""
