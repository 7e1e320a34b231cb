#!/usr/bin/env bash
# Install the Debian packages that `run`, `test` or `peers` needs and this machine lacks; where it may not, say what is missing.
set -eu

case "${1:?want run, test or peers}" in
    run) wanted="python3-venv" ;;
    test) wanted="python3-venv chromium nodejs npm postgresql gettext fonts-noto-core fonts-noto-cjk golang-go golang-golang-x-mod-dev mosquitto" ;;
    peers) wanted="postgresql postgresql-postgis" ;;
    *) echo "debian.sh: '$1', want run, test or peers" >&2; exit 2 ;;
esac

has() {
    case "$1" in
        # What matters is the thing, not the package that it came in.
        python3-venv) "${PYTHON:-python3}" -c 'import ensurepip, venv' 2>/dev/null ;;
        chromium) command -v chromium >/dev/null ;;
        nodejs) command -v node >/dev/null ;;
        npm) command -v npm >/dev/null ;;
        gettext) command -v msgfmt >/dev/null ;;
        postgresql) ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 ;;
        *) dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed' ;;
    esac
}

missing=""
for package in $wanted; do has "$package" || missing="$missing $package"; done
[ -n "$missing" ] || exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then as_root="sudo -n"; fi
if command -v apt-get >/dev/null && { [ -z "$as_root" ] || $as_root true 2>/dev/null; }; then
    echo "Installing Debian packages:$missing" >&2
    $as_root apt-get update -qq
    # shellcheck disable=SC2086  # one word a package
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing >/dev/null
else
    echo "Missing Debian packages, and no right to install them:$missing" >&2
    echo "Install them with: apt-get install$missing" >&2
    exit 1
fi
