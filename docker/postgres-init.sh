#!/bin/bash
# Run once by the image of PostgreSQL, on an empty volume: the DataStore's database, and its reader who cannot write.
set -euo pipefail
psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set ON_ERROR_STOP=1 \
    --set reader_password="$(cat /run/secrets/datastore_password)" <<'SQL'
CREATE ROLE datastore_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'reader_password';
CREATE DATABASE datastore OWNER ckan ENCODING 'UTF8';
SQL
