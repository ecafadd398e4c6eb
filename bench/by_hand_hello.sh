#!/bin/sh
# One launch of the example by hand, as by_hand_erp.sh prints it. It has no database to clone.
set -eu
now() { date +%s%N; }

begin=$(now)
export NAME ADDRESS=127.0.0.1 PORT ACCOUNT="$HOME_DIRECTORY/account" URL="http://127.0.0.1:$PORT/" SECRET="$PASSWORD"
export LOGIN=admin PASSWORD_HASH SIGN_IN_ISSUER="$URL" SIGN_IN_CLIENT_ID="$NAME" SIGN_IN_CLIENT_SECRET="$PASSWORD"
mkdir -p "$HOME_DIRECTORY"
"$PYTHON" -Es "$RELEASE/server.py" set-password
starting=$(now)
"$PYTHON" -Es "$RELEASE/server.py" serve >"$HOME_DIRECTORY/log" 2>&1 &
echo $! >"$HOME_DIRECTORY/pid"
until curl -sf -o /dev/null "http://127.0.0.1:$PORT/health"; do sleep 0.025; done
healthy=$(now)
curl -sf -o /dev/null "http://localhost/config/" --unix-socket "$EDGE"
end=$(now)
echo "0 $(((healthy - starting) / 1000)) $(((end - healthy + starting - begin) / 1000))"
