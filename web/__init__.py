"""Pages: views, forms, template tags, and what their requests pass through. A folder a subject; `templates/` mirrors it."""
