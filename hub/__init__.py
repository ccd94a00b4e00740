"""The hub: compiles, serves and joins the rest. The only folder that knows all the others."""
