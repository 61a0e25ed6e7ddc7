#!/usr/bin/env bash
# Tries every connection between the Pods of lesson 14, for real, and prints which of them come about.
set -euo pipefail
declare -A address
for name in web api db; do address[$name]=$(kubectl -n lesson-policies get service $name -o jsonpath='{.spec.clusterIP}'); done
# All at once; a connection that is dropped shows as one that does not come about in two seconds.
program='
try() { timeout 2 bash -c "exec 3<>/dev/tcp/$2/80" 2> /dev/null && echo "$1 yes" || echo "$1 no"; }
for pair in $0; do try "${pair%=*}" "${pair#*=}" & done
timeout 2 getent hosts web.lesson-policies.svc.cluster.local > /dev/null && echo "dns yes" || echo "dns no"
wait'
row() {
  local namespace=$1 from=$2 answers cells="" to
  # kubectl warns of streams that end in an order which it does not expect; nothing is lost then.
  answers=$(kubectl -n "$namespace" exec "$from" -- bash -c "$program" \
    "web=${address[web]} api=${address[api]} db=${address[db]}" 2> >(grep -v 'Unknown stream id' >&2))
  for to in web api db dns; do
    [ "$to" = "$from" ] && cells+="- " || cells+="$(sed -n "s/^$to //p" <<< "$answers") "
  done
  printf '%-14s%-6s%-6s%-6s%s\n' "$from" $cells
}
printf '%-14s%-6s%-6s%-6s%s\n' 'from \ to' web api db DNS
row lesson-policies web
row lesson-policies api
row lesson-policies db
row lesson-policies-other other
