#!/usr/bin/env bash
# Makes the README's picture of the report anew: of a sample run, in a folder of its own.
#
#     bash tests/tiers/report/picture.sh docs/report.png
set -euo pipefail
out=$(realpath -m "${1:?where the picture goes}")
cd "$(dirname "$0")/../../.."
work=$(mktemp -d /var/tmp/gleaner-picture.XXXXXX)
trap 'rm -rf "$work"' EXIT
tools=${CARGO_TARGET_DIR:-target}/ci/python/report
if ! [ -x "$tools/bin/python" ]; then
  python3 -m venv "$tools"
  "$tools/bin/pip" install --quiet --disable-pip-version-check -r tests/tiers/pins/report.txt
fi
cargo build --quiet --locked --package cli
gleaner=$PWD/${CARGO_TARGET_DIR:-target}/debug/gleaner
export GLEANER_DATA=$work/data AWS_EC2_METADATA_DISABLED=true
"$gleaner" run --json >"$work/run.jsonl"
# the site's port differs from run to run; a picture should not
"$gleaner" report -o "$work/report.html"
sed -i -E 's|http://127\.0\.0\.1:[0-9]+/|http://127.0.0.1:8080/|g' "$work/report.html"
"$tools/bin/python" tests/tiers/report/browser.py picture "$work/report.html" "$out" 1280 800 light article/3/4
bytes=$(stat -c %s "$out")
echo "$out: $bytes bytes"
((bytes <= 300000))
