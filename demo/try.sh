#!/usr/bin/env bash
# The whole loop, as a stranger can try it from a clean clone: with Go, curl and nothing else. It starts the demo on a port
# of its own, plays what unmodified SDKs sent, follows one decision from question to outcome through the doors and
# the console, kills the process while it writes, and lets 2,000 visitors in. It ends at the first thing that is not so.
#
#   demo/try.sh               about six minutes, most of them the visitors'
#   VISITORS=0 demo/try.sh    the same without them: about half a minute
set -euo pipefail
cd "$(dirname "$0")/.."

visitors=${VISITORS:-2000} port=${PORT:-18080}
base=http://127.0.0.1:$port work=$(mktemp -d) demo=
finish() { [ -z "$demo" ] || kill "$demo" 2>/dev/null || true; [ -z "$demo" ] || wait "$demo" 2>/dev/null || true; rm -rf "$work"; }
trap finish EXIT

step() { printf '\n== %s\n' "$*"; }
ok() { printf '   ok  %s\n' "$*"; }
fail() { printf '   NOT SO: %s\n' "$*" >&2; exit 1; }
same() { [ "$1" = "$2" ] || fail "$3: $1, want $2"; ok "$3: $1"; }

# browser fetches as a person's browser would; the keys are the demo's, which works on this machine only.
browser() { curl -sS --max-time 60 -A 'Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0 Safari/537.36' "$@"; }
write() { local path=$1; shift; browser -u demo-write-key: "$base$path" "$@"; }
admin() { browser -f -u demo-secret-key: "$base/v1/admin/$1"; }
# field reads the first such field of a JSON text on standard input; a string loses its quotes.
field() { grep -o "\"$1\":\(\"[^\"]*\"\|[-0-9.e+]*\)" | head -1 | cut -d: -f2- | tr -d '"' || true; }
# times counts how often a text occurs on standard input.
times() { { grep -oF -- "$1" || true; } | wc -l | tr -d ' '; }

start() { # with further flags of the demo
  "$work/aparte" demo --addr "127.0.0.1:$port" --data "$work/data" "$@" >"$work/said" 2>&1 &
  demo=$!
  for _ in $(seq 600); do
    ! grep -q 'Press Ctrl-C' "$work/said" || return 0
    kill -0 "$demo" 2>/dev/null || { cat "$work/said"; fail "the demo ended"; }
    sleep .1
  done
  fail "the demo did not start in a minute"
}
kill9() { kill -9 "$demo"; wait "$demo" 2>/dev/null || true; demo=; }

step "Build and start"
go build -o "$work/aparte" ./cmd/aparte
start --quiet-world
ok "$base/console/"

step "What unmodified SDKs sent (api/testdata/SOURCE.md), twice"
kept() { admin results | grep -o '"events":{[^}]*}' | field web; }
before=$(kept); before=${before:-0}
for recording in api/testdata/segment/*.jsonl.gz api/testdata/tag.jsonl; do
  case $recording in *.gz) gunzip -c "$recording" ;; *) cat "$recording" ;; esac
done >"$work/requests"
for round in 1 2; do
  while IFS= read -r request; do
    method=$(sed -E 's/^\{"n":[0-9]+,"method":"([A-Z]+)".*/\1/' <<<"$request")
    url=$(sed -E 's/^\{"n":[0-9]+,"method":"[A-Z]+","url":"([^"]+)".*/\1/' <<<"$request")
    sed -E 's/^.*"raw_length":[0-9]+,"body"://; s/(,"answered":[0-9]+)?\}$//; s/wk_test_[a-z_]+/demo-write-key/g' <<<"$request" >"$work/body"
    type=$(sed -E 's/.*"content-type":"([^"]*)".*/\1/; t; s/.*/text\/plain/' <<<"$request")
    if [ "$method" = OPTIONS ]; then
      status=$(browser -o /dev/null -w '%{http_code}' -X OPTIONS "$base$url" -H 'Origin: http://shop.example' \
        -H 'Access-Control-Request-Method: POST' -H 'Access-Control-Request-Headers: authorization')
    else
      status=$(write "$url" -o /dev/null -w '%{http_code}' -H "Content-Type: $type" --data-binary "@$work/body")
    fi
    case $status in 2??) ;; *) fail "$method $url answered $status" ;; esac
  done <"$work/requests"
done
ok "$(wc -l <"$work/requests") requests, each answered 2xx, twice"
same "$(($(kept) - before))" "$(grep -oE '"messageId":"[^"]+"' "$work/requests" | sort -u | wc -l | tr -d ' ')" "events kept, of as many distinct messageIds"
same "$(admin people/email:ann@example.com | grep -o '"orders":{"count":[0-9]*' | grep -o '[0-9]*$')" 1 "orders of ann@example.com"

step "One decision, from the question to what followed"
who=15078
for _ in $(seq 100); do # silence is an answer too
  write /v1/decide -d '{"person":{"userId":"'$who'"},"slots":["hero"],"context":{"locale":"en-GB"},"explain":true}' >"$work/decision"
  ! grep -q '"silent":false' "$work/decision" || break
done
id=$(field id <"$work/decision") content=$(field content <"$work/decision") propensity=$(field propensity <"$work/decision")
image=$(field image <"$work/decision") link=$(field link <"$work/decision")
why=$(sed -E 's/.*"why":\["([^"]*)".*/\1/' "$work/decision")
[ -n "$image" ] && [ -n "$why" ] || fail "decided $(cat "$work/decision")"
ok "it says $content with probability $propensity: $why"
browser -f -o "$work/picture.png" "$image"
same "$(head -c 4 "$work/picture.png" | tail -c 3)" PNG "the picture it was composed into"
leads=$(browser -o /dev/null -w '%{redirect_url}' "$link")
same "$(browser -o /dev/null -w '%{http_code}' "$leads")" 200 "the click leads to $leads, which answers"
order='{"userId":"'$who'","messageId":"try-order","event":"Order Completed","properties":{"order_id":"try-1","revenue":30,"currency":"GBP"}}'
same "$(write /v1/track -d "$order")" '{"success": true}' "an order is told"

admin "people/$who/decisions?limit=100&lang=en" | sed "s/{\"id\":\"d_/\n&/g" | grep -F "\"id\":\"$id\"" >"$work/told" || fail "the decision is not told"
same "$(field propensity <"$work/told")" "$propensity" "/v1/admin/people/$who tells its propensity"
grep -qF "$why" "$work/told" && ok "its reasons" || fail "its reasons are not told"
for outcome in "Aparte Exposed" "Aparte Clicked" "Order Completed"; do
  grep -qF "\"event\":\"$outcome\"" "$work/told" && ok "what followed: $outcome" || fail "$outcome is not told"
done

story=$(browser -o /dev/null -w '%{redirect_url}' "$base/console/people?q=$who")
browser -f -H 'Accept-Language: en' "$story" >"$work/story"
for shown in "$(printf '%.4f' "$propensity")" "Ordered" "Clicked" "Saw" "${why%%[\'’\"]*}"; do
  grep -qF -- "$shown" "$work/story" && ok "the console shows: $shown" || fail "the console does not show: $shown"
done

step "kill -9 loses nothing acknowledged"
: >"$work/acknowledged"
(for n in $(seq 2000); do
  [ "$(write /v1/track -d '{"userId":"try-'$((n % 7))'","messageId":"try-'$n'","event":"Thing Done"}' 2>/dev/null)" = '{"success": true}' ] || exit 0
  echo "try-$n" >>"$work/acknowledged"
done) &
writer=$!
while [ "$(wc -l <"$work/acknowledged")" -lt 150 ]; do sleep .05; done
kill9
wait "$writer" 2>/dev/null || true
start --quiet-world
for n in 0 1 2 3 4 5 6; do admin "people/try-$n/events?limit=500"; done | grep -oE '"messageId":"try-[0-9]+"' | cut -d'"' -f4 | sort >"$work/kept"
same "$(sort "$work/acknowledged" | comm -23 - "$work/kept" | wc -l | tr -d ' ')" 0 "lost, of $(wc -l <"$work/acknowledged") acknowledged events"
same "$(uniq -d "$work/kept" | wc -l | tr -d ' ')" 0 "kept twice"
same "$(admin "people/$who/events?limit=100" | times '"messageId":"try-order"')" 1 "the order from before"
admin "people/$who/decisions?limit=100" | grep -qF "\"id\":\"$id\"" && ok "the decision from before" || fail "the decision from before is gone"

[ "$visitors" != 0 ] || { printf '\nAll of it is so.\n'; exit 0; }

step "$visitors simulated visitors: what works is said more often"
kill "$demo"; wait "$demo" || true
start --visitors "$visitors"
until grep -q 'visits are over' "$work/said"; do kill -0 "$demo" || fail "the demo ended"; sleep 2; done
browser -f -H 'Accept-Language: en' "$base/console/contents" >"$work/contents"
# One line a content: its click rate, its share at first, its share now.
tr '\n' ' ' <"$work/contents" | sed 's/<article /\n&/g' | grep '^<article' | sed -nE \
  's/.*data-content="([^"]*)".*class="then" value="([^"]*)".*class="now[^"]*" value="([^"]*)".*class="seen" value="([^"]*)".*class="clicked" value="([^"]*)".*/\1 \2 \3 \4 \5/p' |
  awk '{ rate = $4 > $5 ? $5 / $4 : 0 # of a letter without pictures only those clicked are known to be seen
          printf "%6.1f %% %8.1f %% %7.1f %%   %s\n", 100 * rate, 100 * $2, 100 * $3, $1
         then += rate * $2; now += rate * $3 }
       END { printf "%.4f %.4f\n", then, now > "'"$work/works"'" }' | sort -rn >"$work/table"
printf '   %s\n' "clicked   at first      now   as the console shows it (/console/contents)"; sed 's/^/   /' "$work/table"
read -r then now <"$work/works"
awk "BEGIN { exit !($now > $then) }" || fail "what is said works $then at first, $now at last"
ok "by its click rate, what is said works $(awk "BEGIN { printf \"%.1f\", 100 * $then }") % of the time at first, $(awk "BEGIN { printf \"%.1f\", 100 * $now }") % now"
printf '\nAll of it is so.\n'
