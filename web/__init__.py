"""Pages: views, forms, template tags and middleware. One folder per subject; `templates/` mirrors it."""
