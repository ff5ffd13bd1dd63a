#!/usr/bin/env bash
# Every command of docs/deploy.md and infra/runbook.md as it is printed: shell blocks are parsed, `aws` runs
# against an emulator of AWS (ministack), where nothing of ours is deployed. What the CLI does not
# understand fails; what the emulator does not know is an answer. The queue's commands run for real.
#
#     tests/tiers/docs.sh
#
# The CLI here is version 1, of PyPI; `aws logs tail` is in version 2 alone, and counted as not here.
source "$(dirname "$0")/stage.bash"

export AWS_DEFAULT_REGION=eu-west-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_PAGER=
readonly texts=(docs/deploy.md infra/runbook.md)
port=$(free_port)
BIND_HOST=127.0.0.1 MINISTACK_HOST=127.0.0.1 GATEWAY_PORT=$port ministack >"$work/ministack.log" 2>&1 &
children+=($!)
wait_for "ministack" 60 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
# The variable alone does not move version 1's SQS.
aws() { command aws --endpoint-url "http://127.0.0.1:$port" "$@"; }
export port
export -f aws

echo "-- shell blocks"
for text in "${texts[@]}"; do
  awk '/^```sh$/ { on = 1; next } /^```$/ { on = 0 } on' "$text" >"$work/block.sh"
  [ -s "$work/block.sh" ] && bash -n "$work/block.sh"
  ok "the shell blocks of $text parse"
done

echo "-- aws"
queue() { aws sqs create-queue --queue-name "$1" --query QueueUrl --output text; }
export QUEUE=$(queue articles) DEAD=$(queue dead-articles) DEAD_PASSES=$(queue dead-passes)
aws sqs send-message --queue-url "$DEAD" --message-body '{"v":1,"article_id":1}' >/dev/null
aws sqs send-message --queue-url "$DEAD_PASSES" --message-body '{}' \
  --message-attributes '{"ERROR_CODE":{"DataType":"String","StringValue":"AccessDenied"}}' >/dev/null
# One command a line: whole lines of blocks, and what stands between backquotes in the text.
python3 - "${texts[@]}" >"$work/commands" <<'EOP'
import re, sys
for path in sys.argv[1:]:
    inside = False
    for line in open(path, encoding="utf-8"):
        if line.startswith("```"):
            inside = not inside
        elif inside and line.startswith("aws "):
            print(line.strip())
        elif not inside:
            for command in re.findall(r"`(aws [^`]+)`", line):
                print(command)
EOP
[ "$(wc -l <"$work/commands")" -ge 20 ] || { echo "FAILED  few commands: $(cat "$work/commands")" >&2; exit 1; }
cat >"$work/prelude.sh" <<'EOP'
STACK=gleaner ARTICLE_LOG=/gleaner/gleaner/article SCHEDULER_LOG=/gleaner/gleaner/scheduler
output() {
  case $1 in
    QueueUrl) echo "$QUEUE" ;;
    DeadLetterQueueUrl) echo "$DEAD" ;;
    DeadPassQueueUrl) echo "$DEAD_PASSES" ;;
    *) echo "$1" ;;
  esac
}
EOP
: >migrate.zip
not_here=0
while IFS= read -r command; do
  status=0
  bash -c "source '$work/prelude.sh'; $command" >"$work/out" 2>"$work/err" </dev/null || status=$?
  if [[ $command == "aws logs tail"* ]] && grep -q "Invalid choice\|invalid choice" "$work/err"; then
    not_here=$((not_here + 1))
    continue
  fi
  if grep -qiE '^usage:|unknown options|invalid choice|required: --|expected one argument' "$work/err" || ((status == 2 || status == 252)); then
    echo "FAILED  $command: $(cat "$work/err")" >&2
    rm -f migrate.zip
    exit 1
  fi
  if [[ $command == "aws sqs "* ]] && ((status != 0)); then
    echo "FAILED  $command: $(cat "$work/err")" >&2
    exit 1
  fi
  case $command in
    *DeadPassQueueUrl*receive* | *receive-message*DeadPassQueueUrl*)
      grep -q AccessDenied "$work/out" || { echo "FAILED  $command shows no attribute: $(cat "$work/out")" >&2; exit 1; } ;;
    *receive-message*DeadLetterQueueUrl*)
      grep -q article_id "$work/out" || { echo "FAILED  $command shows no body: $(cat "$work/out")" >&2; exit 1; } ;;
  esac
  echo "$command" >>"$passed"
done <"$work/commands"
rm -f migrate.zip
echo "   NOT HERE  $not_here commands with aws logs tail: this CLI is version 1"
ok "the CLI understands every other command, and the queue's were run"

echo "-- sam"
grep -hE '^sam ' "${texts[@]}" | sort -u >"$work/sam-lines"
[ -s "$work/sam-lines" ]
while read -r _ subcommand rest; do
  sam "$subcommand" --help >"$work/sam-help" 2>&1 </dev/null || { echo "FAILED  sam has no $subcommand" >&2; exit 1; }
  for option in $(grep -oE -- '--[a-z-]+' <<<"$rest"); do
    # The help folds long names.
    tr -d '[:space:]' <"$work/sam-help" | grep -q -- "$option" || { echo "FAILED  sam $subcommand has no $option" >&2; exit 1; }
  done
  ok "sam knows: $subcommand $rest"
done <"$work/sam-lines"

echo "-- gleaner"
cargo build --quiet --locked --workspace --bin gleaner
for command in $(grep -ohE 'cargo gleaner [a-z-]+' "${texts[@]}" | awk '{ print $3 }' | sort -u); do
  "${CARGO_TARGET_DIR:-target}/debug/gleaner" "$command" --help >/dev/null
  ok "gleaner $command is a command"
done
finished
