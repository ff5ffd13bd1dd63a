#!/usr/bin/env bash
# Both functions under AWS's runtime interface emulator, against a real database, queue, site and
# stand-in: the emulator's Runtime API is not ours, so this referees our own.
#
#     tests/tiers/rie.sh
#
# The emulator comes in the Python package aws-sam-cli (see pins/sam.txt).
source "$(dirname "$0")/stage.bash"

rie=$(python3 -c 'import pathlib, platform, samcli
arch = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]
print(pathlib.Path(samcli.__file__).parent / "local/rapid" / f"aws-lambda-rie-{arch}")')
cp "$rie" "$work/rie" && chmod +x "$work/rie"

build_function scheduler
build_function article
build_function migrate
for function in scheduler article migrate; do
  check_binary "$function"
  check_zip "$function"
done
world_up --loopback --articles 13
# A page that never answers, and two that take their time.
sql "update articles set url = 'http://$FETCH_ALLOW_ADDRS/fault/silent' where id = 11"
sql "update articles set url = 'http://$FETCH_ALLOW_ADDRS/fault/delay?ms=4000&for=' || id where id > 11"

start_function() { # NAME TIME_LIMIT_S LOG [DATABASE_URL]: sets $port and $emulator
  port=$(free_port)
  local api
  api=$(free_port)
  local name=$1 limit=$2 log=$3 database=${4:-$DATABASE_URL} own=()
  if [ "$name" = scheduler ]; then
    own=(QUEUE_URL="$QUEUE_URL" AWS_ENDPOINT_URL_SQS="$AWS_ENDPOINT_URL_SQS")
  elif [ "$name" = article ]; then
    own=(FETCH_ALLOW_ADDRS="$FETCH_ALLOW_ADDRS" LLM_BASE_URL="$LLM_BASE_URL" LLM_MODEL="$LLM_MODEL"
      LLM_API_KEY=canary-llm-key)
  fi
  # Both addresses are given: by default the emulator listens on every interface.
  env -i PATH="$PATH" AWS_LAMBDA_FUNCTION_TIMEOUT="$limit" AWS_LAMBDA_FUNCTION_NAME="$name" \
    AWS_REGION="$AWS_REGION" AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=canary-secret-key \
    AWS_EC2_METADATA_DISABLED=true DATABASE_URL="$database" "${own[@]}" \
    "$work/rie" --log-level error --runtime-interface-emulator-address "127.0.0.1:$port" \
    --runtime-api-address "127.0.0.1:$api" "$PWD/$built/$name" handler >"$log" 2>&1 &
  emulator=$!
  children+=("$emulator")
  wait_for "the emulator" 10 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
}

# An event for one article.
event_of() { # ID FILE
  sed "s/\\\\\"article_id\\\\\":1}/\\\\\"article_id\\\\\":$1}/" tests/events/sqs-one.json >"$2"
  grep -q "article_id\\\\\":$1}" "$2"
}

echo "-- the migrate function"
sql "create database fresh"
start_function migrate 900 "$work/migrate.log" "${DATABASE_URL%/*}/fresh"
echo '{}' >"$work/empty.json"
invoke "$port" "$work/empty.json" | expect "an empty database gets its schema" 'len(r["applied"]) > 20'
invoke "$port" "$work/empty.json" | expect "the second time there is nothing to do" 'r["applied"] == []'

echo "-- the scheduler"
start_function scheduler 60 "$work/scheduler.log"
scheduler=$port
began=$(date +%s%N)
invoke "$port" tests/events/schedule.json >"$work/first.json"
cold=$(($(date +%s%N) - began))
expect "a pass sends all that is due" 'r["sent"] == 13 and r["due"] == 13' <"$work/first.json"
invoke "$port" tests/events/schedule-default.json | expect "the next pass finds nothing due" 'r["sent"] == 0 and r["due"] == 0'
expect_sql "every row is marked queued" "select count(*) from article_work where state = 'queued'" 13
began=$(date +%s%N)
for _ in 1 2 3 4 5 6 7 8 9 10; do invoke "$port" tests/events/schedule-default.json >/dev/null; done
warm=$((($(date +%s%N) - began) / 10))
echo "   a pass: cold $((cold / 1000000)) ms, warm $((warm / 1000000)) ms, the emulator and curl included"
((cold < 2000000000 && warm < cold)) || { echo "FAILED  starts are slow" >&2; exit 1; }
ok "a cold start takes less than two seconds, a warm pass less than a cold one"

echo "-- the article function"
start_function article 120 "$work/article.log"
article=$port
event() { invoke "$article" "tests/events/$1.json"; }
event sqs-one | expect "one record is done" 'failing() == []'
expect_sql "its facts are stored" "select state || ' ' || (facts_count > 0) from article_work where article_id = 1" "done true"
expect_sql "and their quotes stand in the text" "select count(*) from invariant_violations" 0
event sqs-one | expect "a duplicate after that is acknowledged" 'failing() == []'
expect_sql "and not worked on again" "select count(*) from article_attempts where article_id = 1" 1
event sqs-ten | expect "ten records in one batch are done" 'failing() == []'
expect_sql "all ten" "select count(*) from article_work where state = 'done'" 10
event sqs-duplicate | expect "an article twice in a batch is acknowledged twice" 'failing() == []'
event sqs-empty | expect "an empty batch is a success" 'failing() == []'
event sqs-unknown-id | expect "an id without a row is acknowledged" 'failing() == []'
event sqs-negative-id | expect "so is a negative one" 'failing() == []'
event sqs-received-six-times | expect "a message that came often is treated like any" 'failing() == []'
for bad in bad-json null-body wrong-version sns-wrapped huge-id; do
  event "sqs-$bad" | expect "a message with $bad fails alone" 'failing() == ["01"]'
done
event sqs-one-bad-among-three | expect "of three records the bad one fails" 'failing() == ["02"]'
event schedule | expect "an event of another kind is an error" '"errorType" in r or "errorMessage" in r'
event sqs-one | expect "and the process goes on" 'failing() == []'
expect_sql "no invariant is broken" "select count(*) from invariant_violations" 0

echo "-- the article function with six seconds and a page that never answers"
start_function article 6 "$work/article-short.log"
event_of 11 "$work/eleven.json"
invoke "$port" "$work/eleven.json" | expect "the invocation ends in time, its outcome recorded" 'failing() == []'
expect_sql "the row comes due again" "select state || ' ' || error_class from article_work where article_id = 11" "retry fetch_timeout"

# The function's process is stopped, or killed, while the article is at work; the emulator ends it at the time limit.
# The lease is let pass: the row must come back and be done.
lost_and_recovered() { # ID SIGNAL WHAT
  local id=$1 signal=$2 what=$3
  start_function article 6 "$work/article-$signal.log"
  event_of "$id" "$work/$id.json"
  invoke "$port" "$work/$id.json" >"$work/$id.reply" &
  local call=$!
  wait_for "article $id at work" 10 test_sql "select state from article_work where article_id = $id" running
  kill "-$signal" "$(pgrep -P "$emulator" | head -n 1)"
  wait "$call" || true
  ! grep -q '"batchItemFailures":\[\]' "$work/$id.reply" || { echo "FAILED  $what: it answered" >&2; return 1; }
  expect_sql "$what: the row is still with its worker" "select state from article_work where article_id = $id" running
  sql "update article_work set due_at = now(), lease_until = now() where article_id = $id"
  invoke "$scheduler" tests/events/schedule.json | expect "$what: the next pass finds the worker gone" 'r["lost_workers"] == 1'
  invoke "$article" "$work/$id.json" | expect "$what: the row is worked on again" 'failing() == []'
  expect_sql "$what: and done" "select state from article_work where article_id = $id" done
}
test_sql() { [ "$(sql "$1")" = "$2" ]; }
echo "-- a process that hangs beyond the time limit, and one that is killed"
lost_and_recovered 12 STOP "time-out"
lost_and_recovered 13 KILL "exit"

for log in scheduler article article-short; do
  check_log "$work/$log.log" canary-secret-key canary-llm-key
done
finished
