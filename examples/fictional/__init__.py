"""Fictional records for demonstration: what no open source has, made up from a seed and marked as such.

Every agency's code begins with `DEMO`, every record's name says `(hư cấu)`, telephone numbers begin with 0500, which is
assigned to nobody, tax codes fail their own check digit, and web sites lie in the reserved domain `.example`.
"""
