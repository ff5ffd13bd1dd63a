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
check_binary scheduler
check_binary article
world_up --loopback --articles 11
# The eleventh page never answers.
sql "update articles set url = 'http://$FETCH_ALLOW_ADDRS/fault/silent' where id = 11"

start_function() { # NAME TIME_LIMIT_S LOG: sets $port
  port=$(free_port)
  local api
  api=$(free_port)
  local name=$1 limit=$2 log=$3 own
  if [ "$name" = scheduler ]; then
    own=(QUEUE_URL="$QUEUE_URL" AWS_ENDPOINT_URL_SQS="$AWS_ENDPOINT_URL_SQS")
  else
    own=(FETCH_ALLOW_ADDRS="$FETCH_ALLOW_ADDRS" LLM_BASE_URL="$LLM_BASE_URL" LLM_MODEL="$LLM_MODEL"
      LLM_API_KEY=canary-llm-key)
  fi
  # Both addresses are given: by default the emulator listens on every interface.
  env -i PATH="$PATH" AWS_LAMBDA_FUNCTION_TIMEOUT="$limit" AWS_LAMBDA_FUNCTION_NAME="$name" \
    AWS_REGION="$AWS_REGION" AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=canary-secret-key \
    AWS_EC2_METADATA_DISABLED=true DATABASE_URL="$DATABASE_URL" "${own[@]}" \
    "$work/rie" --log-level error --runtime-interface-emulator-address "127.0.0.1:$port" \
    --runtime-api-address "127.0.0.1:$api" "$PWD/$built/$name" handler >"$log" 2>&1 &
  children+=($!)
  wait_for "the emulator" 10 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
}

echo "-- the scheduler"
start_function scheduler 60 "$work/scheduler.log"
invoke "$port" tests/events/schedule.json | expect "a pass sends all that is due" 'r["sent"] == 11 and r["due"] == 11'
invoke "$port" tests/events/schedule-default.json | expect "the next pass finds nothing due" 'r["sent"] == 0 and r["due"] == 0'
expect_sql "every row is marked queued" "select count(*) from article_work where state = 'queued'" 11

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
sed 's/\\"article_id\\":1}/\\"article_id\\":11}/' tests/events/sqs-one.json >"$work/eleven.json"
grep -q 'article_id\\":11' "$work/eleven.json"
invoke "$port" "$work/eleven.json" | expect "the invocation ends in time, its outcome recorded" 'failing() == []'
expect_sql "the row comes due again" "select state || ' ' || error_class from article_work where article_id = 11" "retry fetch_timeout"

for log in scheduler article article-short; do
  check_log "$work/$log.log" canary-secret-key canary-llm-key
done
finished
