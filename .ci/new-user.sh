#!/usr/bin/env bash
# new-user.sh FOLDER [installed]: clones this repository into a fresh folder and does what the README tells a new user to do, with the
# machine's own Node: `npm ci`, `npm start`. Then asks the running program for what the user is promised: a dashboard, and data in it.
# With `installed` it goes on from the clone that it stands in, where `npm ci` has been run and nothing else was done to it.
set -euo pipefail
folder=$1
port=${PORT:-3767}
url=http://127.0.0.1:$port
for command in 'npm ci' 'npm start'; do
  grep -q "$command" README.md || { printf 'README.md does not say `%s` any more\n' "$command"; exit 1; }
done
mkdir -p "$folder"
if [ "${2:-}" != installed ] || [ -n "$(git status --porcelain)" ]; then
  git clone --quiet . "$folder/clone"
  cd "$folder/clone"
  npm ci --prefer-offline --silent
fi
DMON_LISTEN=127.0.0.1:$port DMON_DATA_DIR=$folder/data setsid npm start >"$folder/log" 2>&1 &
group=$!
stop() {
  kill -- "-$group" 2>/dev/null || true
  wait "$group" 2>/dev/null || true
}
trap stop EXIT
fail() {
  printf '%s\n' "$1"
  tail -30 "$folder/log"
  exit 1
}
for _ in $(seq 100); do curl -fsS "$url/-/ready" >/dev/null 2>&1 && break; sleep 0.1; done
curl -fsS "$url/-/ready" >/dev/null || fail "not ready after 10 s"
sleep 4
curl -fsS "$url/" | grep -qi '<!doctype html' || fail "no dashboard at /"
query() { curl -fsSG "$url/api/v1/query" --data-urlencode "query=$1"; }
query 'sum(rate(node_cpu_seconds_total[1m]))' | grep -q '"value"' || fail "no CPU data after 4 s"
query 'node_memory_MemTotal_bytes' | grep -q '"value"' || fail "no memory data after 4 s"
status=$(curl -s -o /dev/null -w '%{http_code}' -X POST -H 'Origin: http://elsewhere.example' "$url/-/reload")
[ "$status" = 403 ] || fail "a cross-origin POST got $status instead of 403"
printf 'ready, charted and closed to other origins with Node %s on the PATH\n' "$(node --version)"
