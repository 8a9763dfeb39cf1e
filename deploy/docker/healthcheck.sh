#!/bin/bash
# Asks the program in this container whether it is healthy; exit code 0 when it is.
# Bash alone, because starting Node for this every 30 s would cost more than the monitoring itself.
set -u
listen=${DMON_LISTEN:-127.0.0.1:3666}
port=${listen##*:}
exec 3<>"/dev/tcp/127.0.0.1/$port" || exit 1
# Where web.yml switches TLS on, a plain request is refused: that something listens must then do.
[ -n "${DMON_HEALTH_TCP:-}" ] && exit 0
printf 'GET /-/healthy HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$port" >&3
read -r -t 4 _ status _ <&3 || exit 1
[ "$status" = 200 ]
