"""Mutants of the law: small mistakes, made by rule in the modules that decide and guard, which tests have to find.

`operators` says which mistakes there are, `making` finds their places in a module and makes them, `running` runs tests
over one in a process of its own.
"""
