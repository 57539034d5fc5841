# Shared by the scripts beside it: starts a service of our own on a free port, in a directory that goes away.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
BINARY=${BINARY:-target/release/ocop-market}
WORK=$(mktemp -d)
PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
BASE=http://127.0.0.1:$PORT
SERVICE=
# What the scripts do in a minute nobody does.
export OCOP_REQUESTS_PER_MINUTE=0 OCOP_ACCOUNT_REQUESTS_PER_MINUTE=0 OCOP_CLIENT_REQUESTS_PER_MINUTE=0

finish() {
    [ -z "$SERVICE" ] || kill "$SERVICE" 2>/dev/null || true
    [ -z "$SERVICE" ] || wait "$SERVICE" 2>/dev/null || true
    rm -rf "$WORK"
}
trap finish EXIT

# start_service ARGUMENT… : its output goes to $WORK/out and $WORK/log; returns when it is ready.
start_service() {
    "$BINARY" "$@" --data-dir "$WORK/var" --listen "127.0.0.1:$PORT" >"$WORK/out" 2>"$WORK/log" &
    SERVICE=$!
    for _ in $(seq 200); do
        curl -sf "$BASE/readyz" >/dev/null && return 0
        kill -0 "$SERVICE" 2>/dev/null || { cat "$WORK/log" >&2; return 1; }
        sleep 0.1
    done
    echo "the service did not get ready" >&2
    cat "$WORK/log" >&2
    return 1
}

fail() { echo "FAILED: $*" >&2; exit 1; }
