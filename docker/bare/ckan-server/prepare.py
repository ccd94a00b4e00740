"""Make CKAN's tables, a sysadmin and its token, and print what the database's owner has to run for the DataStore.

CKAN's own Python runs it: prepare.py INI TOKEN, its configuration and the file for the token. It may be run again.
"""

import contextlib
import secrets
import sys
from pathlib import Path

from ckan import model
from ckan.cli import load_config
from ckan.cli.db import upgrade
from ckan.config.middleware import make_app
from ckan.logic import get_action
from ckanext.datastore.cli import set_permissions

SYSADMIN = "admin"


def main(ini: str, token: str) -> None:
    app = make_app(load_config(ini))
    with contextlib.redirect_stdout(sys.stderr):
        upgrade.main(args=[], standalone_mode=False)
    with app._wsgi_app.test_request_context():  # noqa: SLF001 - as its own command does
        if not model.User.get(SYSADMIN):
            # Nobody signs in with that password: the token is what is used.
            user = {"name": SYSADMIN, "email": "admin@example.org", "password": secrets.token_urlsafe()}
            get_action("user_create")({"ignore_auth": True}, user)
        model.User.get(SYSADMIN).sysadmin = True
        model.repo.commit()
        made = get_action("api_token_create")({"ignore_auth": True}, {"user": SYSADMIN, "name": "hub"})
    Path(token).write_text(f"{made['token']}\n", "ascii")
    set_permissions.main(args=[], standalone_mode=False)


main(*sys.argv[1:])
