"""Open data: what a dataset is, its releases, their files, and the catalogue that describes them."""
