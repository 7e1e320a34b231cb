#!/usr/bin/env bash
# Run a command beside a PostgreSQL server of its own, reached by a socket in a temporary directory, gone afterwards.
set -eu

bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
home=$(mktemp -d)
runner=""
if [ "$(id -u)" -eq 0 ]; then
    # initdb refuses root: the server runs as the account that the Debian package made.
    chown postgres "$home"
    runner="runuser -u postgres --"
fi
chmod 755 "$home"

stop() {
    $runner "$bin/pg_ctl" -D "$home/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$home"
}
trap stop EXIT

$runner "$bin/initdb" -D "$home/data" -U safeconduct --auth=trust --encoding=UTF8 --locale=C >/dev/null
$runner "$bin/pg_ctl" -D "$home/data" -w -l "$home/log" \
    -o "-c listen_addresses='' -c unix_socket_directories='$home' -c fsync=off -c full_page_writes=off" start >/dev/null
export SAFECONDUCT_TEST_DATABASE="postgresql://safeconduct@$(printf '%s' "$home" | sed 's|/|%2F|g')/postgres"
"$@"
