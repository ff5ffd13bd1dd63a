#!/usr/bin/env bash
# The functions as `sam build` makes them, in a container as SAM starts it: the template, the
# Makefile and the emulator in one.
#
#     tests/tiers/sam-local.sh
#
# Needs a Docker engine, root, and what pins/sam.txt names. The image is assembled here, because
# a checking machine may reach no registry. The functions in the containers find Postgres, queue,
# site and stand-in on their loopback (share-loopback.py).
source "$(dirname "$0")/stage.bash"
source "$(dirname "$0")/sam-image.bash"

export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-west-1 ARCH=x86_64
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=canary-secret-key
readonly overrides="Architecture=x86_64 LlmModel=offline-extractive-v1 DatabaseUrl=postgres://gleaner:pw@127.0.0.1:1/news"

docker info >/dev/null || { echo "no Docker engine answers" >&2; exit 1; }

echo "-- template"
sam validate --lint
cfn-lint template.yaml
ok "sam validate and cfn-lint find nothing"

echo "-- build"
sam build --build-dir "$work/build" --parameter-overrides $overrides >"$work/sam-build.log" 2>&1
for function in Article Scheduler; do
  [ -x "$work/build/${function}Function/bootstrap" ]
  ok "sam built ${function}Function"
done
assemble_sam_image

echo "-- sam local invoke, without a database"
local_invoke() { # FUNCTION EVENT
  timeout 180 sam local invoke "$1" --template "$work/build/template.yaml" --skip-pull-image \
    --parameter-overrides $overrides --event "tests/events/$2.json" 2>>"$work/sam-invoke.log"
}
local_invoke ArticleFunction sqs-one | expect "a record whose claim cannot be written is a failed record" 'failing() == ["01"]'
local_invoke ArticleFunction sqs-bad-json | expect "a bad body is a failed record" 'failing() == ["01"]'
local_invoke SchedulerFunction schedule | expect "a pass without a database is an error that says so" '"PassError" in r["errorType"]'

echo "-- sam local start-lambda, with the world on the containers' loopback"
world_up 10
python3 - "$work/env.json" <<EOP
import json, os, sys
names = "DATABASE_URL QUEUE_URL AWS_ENDPOINT_URL_SQS FETCH_ALLOW_ADDRS LLM_BASE_URL LLM_MODEL".split()
world = {name: os.environ[name] for name in names}
world["DATABASE_TLS"] = "off"
article = {k: v for k, v in world.items() if k not in ("QUEUE_URL", "AWS_ENDPOINT_URL_SQS")}
scheduler = {k: v for k, v in world.items() if k in ("DATABASE_URL", "DATABASE_TLS", "QUEUE_URL", "AWS_ENDPOINT_URL_SQS")}
json.dump({"ArticleFunction": article, "SchedulerFunction": scheduler}, open(sys.argv[1], "w"))
EOP
# SAM passes on only what the template names; these two are of this world alone.
sed -E -e "s/^( *)LLM_BASE_URL:/\1FETCH_ALLOW_ADDRS: ''\n&/" \
  -e "s/^( *)QUEUE_URL:/\1AWS_ENDPOINT_URL_SQS: ''\n&/" \
  "$work/build/template.yaml" >"$work/build/world.yaml"
port=$(free_port)
before=$(docker ps --quiet | sort)
sam local start-lambda --template "$work/build/world.yaml" --skip-pull-image --port "$port" \
  --warm-containers EAGER --parameter-overrides $overrides --env-vars "$work/env.json" \
  >"$work/start-lambda.log" 2>&1 &
children+=($!)
wait_for "sam local start-lambda" 60 grep -q "Running on http" "$work/start-lambda.log"

ports=$(printf '%s\n' "$DATABASE_URL" "$QUEUE_URL" "$AWS_ENDPOINT_URL_SQS" "$LLM_BASE_URL" "x:$FETCH_ALLOW_ADDRS" \
  | grep -oE '127\.0\.0\.1:[0-9]+|localhost:[0-9]+' | cut -d: -f2 | sort -u)
mapfile -t containers < <(comm -13 <(echo "$before") <(docker ps --quiet --filter label=sam.cli.container.type=lambda | sort))
[ "${#containers[@]}" -eq 2 ] || { echo "two containers expected: ${containers[*]}" >&2; exit 1; }
for container in "${containers[@]}"; do
  # shellcheck disable=SC2086
  python3 tests/tiers/share-loopback.py "$(docker inspect --format '{{.State.Pid}}' "$container")" $ports \
    >"$work/share-$container.log" 2>&1 &
  children+=($!)
  wait_for "the shared loopback" 10 grep -q ready "$work/share-$container.log"
done

invoke "$port" tests/events/schedule.json SchedulerFunction | expect "a pass sends all that is due" 'r["sent"] == 10'
invoke "$port" tests/events/sqs-one.json ArticleFunction | expect "one record is done" 'failing() == []'
invoke "$port" tests/events/sqs-ten.json ArticleFunction | expect "ten records are done" 'failing() == []'
expect_sql "every article has its facts" "select count(*) from article_work where state = 'done' and facts_count > 0" 10
expect_sql "no invariant is broken" "select count(*) from invariant_violations" 0
finished
