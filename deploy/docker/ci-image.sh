#!/usr/bin/env bash
# Builds the image with a real engine (Podman), runs the unit tests inside it, then runs it as deploy/docker/README.md says and looks
# at what it answers. For machines that reach no image registry: the base images are made with mmdebstrap from Debian's
# mirror and imported under the names that the Dockerfile uses.
#
# With the argument `bases` it only makes the base images, with `image` the image too, for a later run with the same WORK.
#
# The unit tests find peers' binaries in PEERS/ref/usr/bin and other projects' test data in SHARED, where these folders are given, and leave
# Vitest's report in the folder REPORT.
#
# Needs root, podman, mmdebstrap, curl, and node_modules (npm ci) of this repository. Everything is kept under WORK (default: a
# new folder, removed at the end; 1.3 GB, in memory it takes a third of the CPU that a disk does); images in the machine's own Podman
# store are not touched.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=${WORK:-$(mktemp -d /tmp/dmon-image.XXXXXX)}
port=${PORT:-3766}
mkdir -p "$work"

# Own store; no systemd, so cgroupfs; explicit limits, because a sandbox may forbid raising them to Podman's defaults.
engine() { podman --root "$work/store" --runroot "$work/run" --cgroup-manager cgroupfs "$@"; }
limits=(--ulimit nofile=1024:4096 --ulimit nproc=4096:4096)

cleanup() {
  engine rm --all --force --time 5 >/dev/null 2>&1 || true
  umount "$work/store/overlay" 2>/dev/null || true
  if [ -z "${WORK:-}" ]; then
    rm -rf "$work"
  fi
}
trap cleanup EXIT
step() { printf '\n── image: %s (%s s)\n' "$1" "$SECONDS"; }

step "base images"
name_of() { sed -n "s/^ARG $1=//p" "$root/Dockerfile"; }
run_image=$(name_of RUN_IMAGE)
node_image=$(name_of NODE_IMAGE)
mirror=$(sed -n 's/^URIs: *\([^ ]*debian\/\{0,1\}\) *$/\1/p' /etc/apt/sources.list.d/*.sources 2>/dev/null | head -1)
[ -n "$mirror" ] || mirror=$(sed -n 's/^deb \(http[^ ]*debian\/\{0,1\}\) .*/\1/p' /etc/apt/sources.list | head -1)
if ! engine image exists "$node_image"; then
  # Debian's essential packages, unpacked and not configured: a quarter of the CPU, and what runs on less than the published image has
  # runs on that. Node is the one of the lock file, npm the machine's.
  base=$work/base
  mmdebstrap --quiet --mode=root --format=directory --variant=extract --include='?essential' --include=libstdc++6 \
    bookworm "$base" "$mirror"
  for file in passwd group; do cp "$base/usr/share/base-passwd/$file.master" "$base/etc/$file"; done
  rm -rf "$base"/var/lib/apt/lists/* "$base"/var/cache/apt/*
  rm -rf "$base"/usr/share/{doc,man,locale}
  # What its scripts would have made.
  mkdir -p "$base"/{dev,proc,sys,run,tmp,root,usr/local/{bin,lib,share},var/tmp}
  chmod 1777 "$base"/{tmp,var/tmp}
  tar -C "$base" -c . | engine import --quiet - "$run_image" >/dev/null
  local=$base/usr/local
  mkdir -p "$local/bin" "$local/lib/node_modules"
  cp "$(realpath "$root/node_modules/.bin/node")" "$local/bin/node"
  cp -r "$(npm root -g)/npm" "$local/lib/node_modules/npm"
  for command in npm npx; do ln -s "../lib/node_modules/npm/bin/$command-cli.js" "$local/bin/$command"; done
  tar -C "$base" -c . | engine import --quiet - "$node_image" >/dev/null
  rm -rf "$base"
fi

if [ "${1:-}" = bases ]; then exit 0; fi

step "build"
# npm inside the build speaks to the registry as npm outside does: same address, same certificates, same cache.
npmrc=$work/npmrc
{
  printf 'registry=%s\n' "$(npm config get registry)"
  printf 'cafile=%s\n' /etc/ssl/certs/ca-certificates.crt
  printf 'cache=/npm-cache\nprefer-offline=true\nupdate-notifier=false\n'
} >"$npmrc"
build() {
  engine build "${limits[@]}" --format docker --network host --secret "id=npmrc,src=$npmrc" --layers \
    --volume "$(npm config get cache):/npm-cache" --volume /etc/ssl/certs:/etc/ssl/certs:ro "$@" "$root"
}
build --quiet --jobs 2 --tag dmon >/dev/null
build --quiet --target test --tag dmon-test >/dev/null
engine images --format '{{.Repository}} {{.Size}}'

if [ "${1:-}" = image ]; then exit 0; fi

step "unit tests inside the container"
report=${REPORT:-$work/report}
mkdir -p "$report"
with=(--volume "$report:/report")
if [ -d "${SHARED:-}" ]; then with+=(--volume "$(realpath "$SHARED"):/shared:ro"); fi
if [ -d "${PEERS:-}" ]; then
  with+=(--volume "$PEERS:/peers:ro" --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/peers/ref/usr/bin)
fi
engine run --rm "${limits[@]}" --network host --env CI=true "${with[@]}" dmon-test \
  npm test -- --no-color --project unit --reporter=default --reporter=json --outputFile.json=/report/unit.json

step "run"
engine run --detach --name dmon "${limits[@]}" --network host --pid host --read-only --tmpfs /tmp \
  --cap-drop ALL --security-opt no-new-privileges --volume dmon-data:/data --volume /:/host:ro,rslave \
  --env "DMON_LISTEN=127.0.0.1:$port" dmon >/dev/null 2>"$work/run.log" || { cat "$work/run.log"; exit 1; }
fail() {
  printf '%s\n' "$1"
  engine logs dmon | tail -30
  exit 1
}
for _ in $(seq 100); do curl -fsS "http://127.0.0.1:$port/-/ready" >/dev/null 2>&1 && break; sleep 0.1; done
engine healthcheck run dmon || fail "the health check fails"
[ "$(engine exec dmon id -u)" = 10001 ] || fail "the container does not run as its own user"
sleep 3
# The host's name, not the container's, and the host's own processes and interfaces.
curl -fsS "http://127.0.0.1:$port/metrics" >"$work/metrics.txt" || fail "no metrics"
for wanted in "nodename=\"$(uname -n)\"" node_cpu_seconds_total node_network_receive_bytes_total node_filesystem_size_bytes; do
  grep -q "$wanted" "$work/metrics.txt" || fail "/metrics lacks $wanted"
done
curl -fsS "http://127.0.0.1:$port/api/v1/query?query=up" | grep -q '"1"' || fail "the store does not answer"
curl -fsS "http://127.0.0.1:$port/" | grep -qi '<!doctype html' || fail "the dashboard is not served"
engine stop --time 15 dmon >/dev/null
code=$(engine inspect --format '{{.State.ExitCode}}' dmon)
[ "$code" = 0 ] || fail "stopping took force or failed (exit code $code)"
step "done: built, tested inside, run, healthy, stopped"
