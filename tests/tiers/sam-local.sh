#!/usr/bin/env bash
# What the README prints for SAM, run exactly as it stands there: the template, the Makefile, the
# emulator and `gleaner up` in one. Then the same functions through boto3 and `sam local start-lambda`.
#
#     tests/tiers/sam-local.sh
#
# Needs a Docker engine, and what pins/sam.txt names. The image is assembled here, because a checking
# machine may reach no registry.
source "$(dirname "$0")/stage.bash"
source "$(dirname "$0")/sam-image.bash"

export SAM_CLI_TELEMETRY=0 SAM_SKIP_PULL_IMAGE=1 AWS_DEFAULT_REGION=eu-west-1

docker info >/dev/null || { echo "no Docker engine answers" >&2; exit 1; }

echo "-- template"
sam validate --lint
cfn-lint template.yaml
ok "sam validate and cfn-lint find nothing"

# The lines of the README's block around `sam local invoke` that begin with `sam`.
mapfile -t printed < <(awk '/^```/ { if (block ~ /sam local invoke/) printf "%s", block; block = ""; next }
  { block = block $0 "\n" }' README.md | grep '^sam ')
[ "${#printed[@]}" -eq 3 ] || { echo "three lines expected in the README: ${printed[*]}" >&2; exit 1; }

echo "-- ${printed[0]}"
bash -c "${printed[0]}" >"$work/sam-build.log" 2>&1
for function in Article Scheduler; do
  [ -x ".aws-sam/build/${function}Function/bootstrap" ]
  ok "sam built ${function}Function"
done
assemble_sam_image

echo "-- for another architecture than this machine's"
other=$([ "$(uname -m)" = x86_64 ] && echo arm64 || echo x86_64)
if command -v cargo-lambda >/dev/null; then
  sam build --build-dir "$work/other" --parameter-overrides "Architecture=$other" >"$work/sam-other.log" 2>&1
  ok "cargo lambda built it for $other"
else
  if sam build --build-dir "$work/other" --parameter-overrides "Architecture=$other" >"$work/sam-other.log" 2>&1; then
    echo "FAILED  a build for $other without cargo-lambda succeeded" >&2
    exit 1
  fi
  grep -q "building for $other on .* needs cargo-lambda" "$work/sam-other.log"
  ok "without cargo-lambda the build says what it needs and what else to type"
  echo "   NOT HERE  a function for $other: this machine has no cargo-lambda"
fi

echo "-- gleaner up"
world_up
python3 - "$work/up.json" "${printed[@]}" <<'EOP'
import json, os, sys
told, printed = json.load(open(sys.argv[1])), sys.argv[2:]
machine = os.uname().machine
assert told["commands"] == [line.replace("$(uname -m)", machine) for line in printed], (told, printed)
assert oct(os.stat("env.json").st_mode)[-3:] == "600", "env.json holds a password"
EOP
ok "gleaner up prints the README's lines"

echo "-- ${printed[1]}"
bash -c "${printed[1]}" 2>"$work/sam-invoke.log" | expect "a pass sends all that is due" 'r["sent"] == 10'
expect_sql "every row is marked queued" "select count(*) from article_work where state = 'queued'" 10
echo "-- ${printed[2]}"
bash -c "${printed[2]}" 2>>"$work/sam-invoke.log" | expect "one record is done" 'failing() == []'
expect_sql "its facts are stored" "select state || ' ' || (facts_count > 0) from article_work where article_id = 1" "done true"

echo "-- boto3 through sam local start-lambda"
port=$(free_port)
sam local start-lambda --port "$port" --env-vars env.json --docker-network gleaner \
  --parameter-overrides "Architecture=$(uname -m)" >"$work/start-lambda.log" 2>&1 &
children+=($!)
wait_for "sam local start-lambda" 60 grep -q "Running on http" "$work/start-lambda.log"
sam_python=$(head -n 1 "$(command -v sam)" | cut -c3-) # the Python that sam itself runs in has boto3
call() { # FUNCTION FILE
  "$sam_python" - "$port" "$1" "$2" <<'EOP'
import sys, boto3
from botocore import UNSIGNED
from botocore.config import Config
port, function, event = sys.argv[1:]
config = Config(signature_version=UNSIGNED, read_timeout=150, retries={"max_attempts": 0})
client = boto3.client("lambda", endpoint_url=f"http://127.0.0.1:{port}", region_name="eu-west-1", config=config)
print(client.invoke(FunctionName=function, Payload=open(event, "rb").read())["Payload"].read().decode())
EOP
}
call ArticleFunction tests/events/sqs-ten.json | expect "ten records are done" 'failing() == []'
call ArticleFunction tests/events/sqs-bad-json.json | expect "a bad body is a failed record" 'failing() == ["01"]'
call SchedulerFunction tests/events/schedule.json | expect "nothing is due any more" 'r["due"] == 0'
expect_sql "every article has its facts" "select count(*) from article_work where state = 'done' and facts_count > 0" 10

echo "-- a page that never answers"
sql "insert into articles (url) values ('http://$FETCH_ALLOW_ADDRS/fault/silent')"
silent=$(sql "select max(id) from articles")
sed "s/\\\\\"article_id\\\\\":1}/\\\\\"article_id\\\\\":$silent}/" tests/events/sqs-one.json >"$work/silent.json"
grep -q "article_id\\\\\":$silent" "$work/silent.json"
call ArticleFunction "$work/silent.json" | expect "the invocation ends in time, its outcome recorded" 'failing() == []'
expect_sql "the row comes due again" "select state || ' ' || error_class from article_work where article_id = $silent" "retry fetch_timeout"
expect_sql "no invariant is broken" "select count(*) from invariant_violations" 0

echo "-- gleaner down"
for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
for child in "${children[@]}"; do wait "$child" 2>/dev/null || true; done
GLEANER_DATA="$work/data" "$gleaner" down
wait "$world" || { echo "FAILED  gleaner up did not end in order" >&2; exit 1; }
world=
[ ! -e env.json ] && ! docker network inspect gleaner >/dev/null 2>&1
ok "gleaner down leaves neither env.json nor a network"
finished
