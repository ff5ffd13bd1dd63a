#!/usr/bin/env bash
# The queue tests against an SQS that is not ours: ministack, in a process of its own on loopback.
#
#     tests/tiers/sqs.sh
#
# Uses the ministack in PATH (pins/ministack.txt names the version).
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly ready_within=30 # seconds; it needs about two

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
log=$(mktemp)
# Without BIND_HOST it would listen on every address.
BIND_HOST=127.0.0.1 MINISTACK_HOST=127.0.0.1 GATEWAY_PORT=$port SERVICES=sqs ministack >"$log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -f "$log"' EXIT

until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
  if ((SECONDS > ready_within)) || ! kill -0 "$server" 2>/dev/null; then
    echo "ministack did not start:" >&2
    cat "$log" >&2
    exit 1
  fi
  sleep 0.1
done

# SQS takes a receipt handle again whose message is gone; ministack calls it invalid.
echo "left out: a_second_deletion_of_the_same_message_is_no_error (ministack differs from SQS)"
GLEANER_TEST_SQS=http://127.0.0.1:$port cargo test -p cloud --test queue -- \
  --skip a_second_deletion_of_the_same_message_is_no_error --skip faults::

echo "-- a whole run over it"
cargo build --quiet -p tests --bin gleaner-under-test
program=$PWD/${CARGO_TARGET_DIR:-target}/debug/gleaner-under-test
folder=$(mktemp -d /var/tmp/gleaner-sqs.XXXXXX) && chmod 755 "$folder" # as root, its database is run by another user
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$log" "$folder"' EXIT
url=$(curl --silent --show-error --max-time 10 -H 'Content-Type: application/x-amz-json-1.0' \
  -H 'X-Amz-Target: AmazonSQS.CreateQueue' -d '{"QueueName":"articles","Attributes":{"VisibilityTimeout":"720"}}' \
  "http://127.0.0.1:$port/" | python3 -c 'import json, sys; print(json.load(sys.stdin)["QueueUrl"])')
(
  cd "$folder"
  env -u DATABASE_URL QUEUE_URL="$url" AWS_ENDPOINT_URL_SQS="http://127.0.0.1:$port" AWS_REGION=us-east-1 \
    AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test "$program" run --json
) >"$folder/told"
tail -n 1 "$folder/told" | python3 -c '
import json, sys
summary = json.load(sys.stdin)
assert summary["states"]["done"] == 10, summary
print("   ok  ten articles came through a queue that is not ours")
'
