"""A second decision on permissions: Cedar's engine, fed by a translation of rules written apart from `auth.policy`.

`translation` writes rules as Cedar policies, `entities` stored records and askers as Cedar entities, `chance` makes up
what is asked; `engine` asks.
"""
