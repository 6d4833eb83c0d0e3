#!/bin/bash
# Runs once, on an empty data directory: the store has a database and a user of its own, which is not
# allowed to do anything else on the server.
set -euo pipefail
psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 \
  --set password="$STORE_PASSWORD" <<'SQL'
create role strategy_loop login password :'password';
create database strategy_loop owner strategy_loop;
revoke connect on database strategy_loop from public;
SQL
