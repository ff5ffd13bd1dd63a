# What the tiers share: the functions as they are deployed, the world they live in, and checks that
# say what they saw. Sourced by a tier; everything it starts ends with it.
#
# TIER_PROFILE=dev uses the debug build instead of the release build, for a quick look.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export AWS_EC2_METADATA_DISABLED=true

tier=$(basename "$0" .sh)
profile=${TIER_PROFILE:-release}
built=${CARGO_TARGET_DIR:-target}/$profile
if [ "$profile" = dev ]; then built=${CARGO_TARGET_DIR:-target}/debug; fi
work=$(mktemp -d "/var/tmp/gleaner-$tier.XXXXXX")
readonly tier profile built work
readonly passed=$work/passed # a line per check, also from subshells
children=()
world=
containers=() # of ours, to be removed in any case

leave() {
  local status=$?
  trap - EXIT
  local child
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  for child in "${children[@]}"; do wait "$child" 2>/dev/null || true; done
  if [ -n "$world" ]; then kill "$world" 2>/dev/null || true; wait "$world" 2>/dev/null || true; fi
  local container
  for container in "${containers[@]}"; do docker rm --force "$container" >/dev/null 2>&1 || true; done
  if ((status != 0)); then
    echo "-- $tier failed; the last lines of its logs:" >&2
    tail -n 25 "$work"/*.log >&2 2>/dev/null || true
  fi
  rm -rf "$work"
  exit "$status"
}
trap leave EXIT
trap 'exit 130' INT TERM

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Builds a function as `sam build` does: OpenSSL linked statically, whatever this machine prefers for
# its own builds; one package at a time.
build_function() { # NAME
  if [ "$profile" = dev ]; then
    cargo build --quiet --locked --package "$1" --bin "$1"
  else
    OPENSSL_NO_VENDOR=0 cargo build --quiet --locked --profile "$profile" --package "$1" --bin "$1"
  fi
}

# Starts what the functions talk to, as `gleaner up` does, and takes over its addresses.
world_up() { # ARGUMENT OF GLEANER UP…
  # The whole workspace is named so that what the tests built is used again.
  cargo build --quiet --locked --workspace --bin gleaner
  gleaner=$PWD/${CARGO_TARGET_DIR:-target}/debug/gleaner
  env -u DATABASE_URL GLEANER_DATA="$work/data" "$gleaner" up --json "$@" >"$work/up.json" 2>"$work/up.log" &
  world=$!
  wait_for "gleaner up" 60 grep -q '^{' "$work/up.json"
  eval "$(python3 - "$work/up.json" <<'EOP'
import json, shlex, sys
told = json.load(open(sys.argv[1]))
env = json.load(open(told["env_file"]))
env = {**env["ArticleFunction"], **env["SchedulerFunction"], "DATABASE_URL": told["database_url"]}
del env["DATABASE_TLS"]
print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in env.items()))
EOP
)"
  export AWS_REGION=eu-west-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
}

wait_for() { # WHAT SECONDS COMMAND…: polls; at most SECONDS
  local what=$1 until=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    if ((SECONDS >= until)); then
      echo "$what did not come up" >&2
      return 1
    fi
    sleep 0.1
  done
}

# Posts a file to a function and prints its reply. --max-time is above any function's limit.
invoke() { # PORT FILE [PATH]
  curl --silent --show-error --max-time 150 --data-binary "@$2" \
    "http://127.0.0.1:$1/2015-03-31/functions/${3:-function}/invocations"
}

# Asserts a Python expression over `r`, the JSON of standard input.
ok() { # WHAT
  echo "   ok  $1"
  echo "$1" >>"$passed"
}

expect() { # WHAT EXPRESSION
  python3 -c '
import json, sys
what, expression, text = sys.argv[1], sys.argv[2], sys.stdin.read()
try:
    r = json.loads(text)
except ValueError:
    sys.exit(f"FAILED  {what}: no JSON: {text[:500]!r}")
failing = lambda: sorted(f["itemIdentifier"][-2:] for f in r["batchItemFailures"])
if not eval(expression):
    sys.exit(f"FAILED  {what}: {expression} is false of {text[:500]}")
' "$1" "$2"
  ok "$1"
}

sql() { psql "$DATABASE_URL" -XAtqc "$1"; }

# Asserts what a query prints.
expect_sql() { # WHAT QUERY EXPECTED
  local found
  found=$(sql "$2")
  if [ "$found" != "$3" ]; then
    echo "FAILED  $1: $found instead of $3" >&2
    return 1
  fi
  ok "$1"
}

# What is deployed is small, needs nothing but libc, and no newer one than Lambda's.
check_binary() { # NAME
  [ "$profile" = release ] || return 0
  local file=$built/$1 size most newest others
  size=$(stat -c %s "$file")
  others=$(ldd "$file" | awk '{print $1}' | grep -vE '^(linux-vdso|libc\.so|libm\.so|libgcc_s\.so|/lib64/ld-linux)' || true)
  newest=$(objdump -T "$file" | grep -oE 'GLIBC_[0-9.]+' | sort -uV | tail -1)
  echo "   $1: $size bytes, newest symbol version $newest"
  [ -z "$others" ] || { echo "FAILED  $1 needs $others" >&2; return 1; }
  [ "$(printf '%s\n' "$newest" GLIBC_2.34 | sort -V | tail -1)" = GLIBC_2.34 ] \
    || { echo "FAILED  $1 needs $newest; Lambda has 2.34" >&2; return 1; }
  # OpenSSL has 2.6 MB of each. What is uploaded is looked at below; this tells of a crate too many.
  case $1 in migrate) most=5000000 ;; scheduler) most=6300000 ;; *) most=8300000 ;; esac
  ((size <= most)) || { echo "FAILED  $1 is larger than $most bytes" >&2; return 1; }
  printf '%s\n' "$1 is small" "$1 needs only libc" "$1 needs no newer libc" >>"$passed"
}

# What is uploaded is small: its size is paid at every cold start.
check_zip() { # NAME
  [ "$profile" = release ] || return 0
  local size
  size=$(python3 - "$built/$1" "$work/$1.zip" <<'EOP'
import os, sys, zipfile
with zipfile.ZipFile(sys.argv[2], "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
    file.write(sys.argv[1], "bootstrap")
print(os.path.getsize(sys.argv[2]))
EOP
)
  echo "   $1: $size bytes zipped"
  ((size <= 4 * 1024 * 1024)) || { echo "FAILED  $1 is larger than 4 MiB zipped" >&2; return 1; }
  ok "$1 is small zipped"
}

# Every line that a function wrote is one JSON object with a time, and holds no secret.
check_log() { # FILE SECRET…
  python3 -c '
import json, sys
path, secrets = sys.argv[1], sys.argv[2:]
lines = [l for l in open(path, encoding="utf-8") if l.startswith("{")]
for line in lines:
    line_json = json.loads(line)
    assert "timestamp" in line_json and "level" in line_json, line
    assert not any(s and s in line for s in secrets), "a secret is in the log"
assert lines, "the function wrote nothing"
print(f"       {len(lines)} lines in {path}")
' "$@"
  ok "every log line is JSON and none holds a secret"
}

finished() { echo "tier $tier: $(wc -l <"$passed") checks passed"; }
