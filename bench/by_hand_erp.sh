#!/bin/sh
# One ERP launch as an administrator would do it by hand: role, copy of the template, password,
# process, probe, route. Prints the milliseconds of: clone, process start until healthy, the rest.
set -eu
now() { date +%s%N; }
sql() { "$PSQL" -qAtX "$ADMIN_URL" -v ON_ERROR_STOP=1 "$@"; }

begin=$(now)
sql -c "CREATE ROLE $NAME LOGIN PASSWORD '$PASSWORD'" \
    -c "CREATE DATABASE $NAME TEMPLATE $TEMPLATE OWNER $NAME STRATEGY wal_log" \
    -c "REVOKE ALL ON DATABASE $NAME FROM PUBLIC"
"$PSQL" -qAtX "$(dirname "$ADMIN_URL")/$NAME" -c "REASSIGN OWNED BY $TEMPLATE TO $NAME"
cloned=$(now)
"$PSQL" -qAtX "$(dirname "$ADMIN_URL")/$NAME" \
    -c "UPDATE res_user SET password_hash = '$PASSWORD_HASH' WHERE login = 'admin'"
mkdir -p "$HOME_DIRECTORY/files"
sed -e "s|@URL@|$TENANT_URL|; s|@PORT@|$PORT|; s|@HOME@|$HOME_DIRECTORY|; s|@RELEASE@|$RELEASE|" "$CONFIG" >"$HOME_DIRECTORY/trytond.conf"
starting=$(now)
TRYTOND_CONFIG="$HOME_DIRECTORY/trytond.conf" HOME="$HOME_DIRECTORY" USER=hand \
    "$RELEASE/venv/bin/python" -I "$RELEASE/scripts/serve.py" "$NAME" >"$HOME_DIRECTORY/log" 2>&1 &
echo $! >"$HOME_DIRECTORY/pid"
until curl -sf -o /dev/null "http://127.0.0.1:$PORT/"; do sleep 0.025; done
healthy=$(now)
curl -sf -o /dev/null "http://localhost/config/" --unix-socket "$EDGE"
end=$(now)
echo "$(((cloned - begin) / 1000)) $(((healthy - starting) / 1000)) $(((end - healthy + starting - cloned) / 1000))"
