#!/usr/bin/env bash
# The report in a real browser, Debian's Chromium through its WebDriver: of a sample run, of texts
# that count code points in every way, of words that want out, of many facts, and kept up to date.
#
#     tests/tiers/report.sh
#
# What drives the browser and judges accessibility is pinned in pins/report.txt.
source "$(dirname "$0")/stage.bash"

readonly here=tests/tiers/report
readonly ways_out=infra/cli/src/report_page/ways_out.txt
readonly tools=${CARGO_TARGET_DIR:-target}/ci/python/report
if ! [ -x "$tools/bin/python" ]; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check -r tests/tiers/pins/report.txt
fi

browser() { # VERB ARGUMENT…: its checks are the tier's
  "$tools/bin/python" $here/browser.py "$@" | tee "$work/browser.log"
  grep "^   ok" "$work/browser.log" >>"$passed"
}

documents() { "$tools/bin/python" $here/documents.py "$@"; }

seed() { # DOCUMENTS…: into the database
  {
    printf '\\set doc '
    documents "$@" | python3 -c '
import sys
text = sys.stdin.read().replace("\\", "\\\\").replace(chr(39), chr(39) * 2)
print(chr(39) + text + chr(39))'
    cat $here/seed.sql
  } >"$work/seed.sql"
  psql "$DATABASE_URL" -Xq -v ON_ERROR_STOP=1 -f "$work/seed.sql"
}

report() { # NAME ARGUMENT…: makes a file
  local name=$1
  shift
  "$gleaner" report "$@" -o "$work/$name.html" >"$work/$name.log"
}

world_up --loopback --articles 1

echo "-- a sample run"
(
  unset DATABASE_URL QUEUE_URL AWS_ENDPOINT_URL_SQS LLM_BASE_URL LLM_MODEL FETCH_ALLOW_ADDRS
  export GLEANER_DATA=$work/sample
  "$gleaner" run --json >"$work/run.jsonl" 2>"$work/run.log"
  report sample
)
browser check "$work/sample.html" 1000

echo "-- scripts, marks, lists, and words that want out"
seed scripts
seed ways-out $ways_out
seed hostile-urls shared/fetch/tests/hostile-urls.tsv
report words --all
browser check "$work/words.html" 1000

echo "-- kept up to date"
"$gleaner" report --all --watch --port 0 >"$work/watch.log" &
children+=($!)
wait_for "the report" 20 grep -q http "$work/watch.log"
url=$(grep -o 'http://[0-9.:]*/' "$work/watch.log")
mkfifo "$work/changed"
"$tools/bin/python" $here/browser.py watch "$url" <"$work/changed" >"$work/watching.log" &
watching=$!
exec 7>"$work/changed"
wait_for "the browser" 30 grep -q before "$work/watching.log"
seed many 1 7
echo >&7
exec 7>&-
wait "$watching"
tee -a "$passed" <"$work/watching.log"
for refused in "-X POST $url" "-H Host:evil.example $url" "${url}etc/passwd"; do
  # shellcheck disable=SC2086 # several arguments
  status=$(curl --silent --max-time 10 --output "$work/refused" --write-out '%{http_code}' $refused)
  ((status >= 400)) || { echo "FAILED  $refused answered $status" >&2; exit 1; }
  ok "$refused is refused ($status)"
done

echo "-- many facts"
seed many 1 1000
report thousand "$(sql "select max(id) from articles")"
browser check "$work/thousand.html" 1000
seed many 100 100
# shellcheck disable=SC2046 # one argument each
report ten-thousand $(sql "select id from articles order by id desc limit 100")
browser check "$work/ten-thousand.html" 3000
finished
