#!/usr/bin/env bash
# The whole path through PgBouncer in transaction mode: two server connections, fifty article
# functions. What a pooler does not carry over (startup options, named prepared statements, session
# settings) would show here.
#
#     tests/tiers/pgbouncer.sh
source "$(dirname "$0")/stage.bash"

readonly articles=200 clients=50 pool=2

world_up --loopback --articles "$articles"
direct=$DATABASE_URL

read -r user password host_port database < <(python3 -c '
import sys, urllib.parse
url = urllib.parse.urlsplit(sys.argv[1])
print(url.username, url.password or "none", f"{url.hostname}:{url.port}", url.path[1:])' "$direct")
port=$(free_port)
cat >"$work/pgbouncer.ini" <<EOP
[databases]
$database = host=${host_port%:*} port=${host_port#*:} dbname=$database user=$user password=$password
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $port
unix_socket_dir =
auth_type = any
admin_users = $user
pool_mode = transaction
default_pool_size = $pool
max_client_conn = 300
query_wait_timeout = 30
EOP
chmod 755 "$work" && chmod 644 "$work/pgbouncer.ini"
as=()
if [ "$(id -u)" -eq 0 ]; then as=(setpriv --reuid=nobody --regid=nogroup --clear-groups); fi
"${as[@]}" pgbouncer "$work/pgbouncer.ini" >"$work/pgbouncer.log" 2>&1 &
children+=($!)
wait_for "pgbouncer" 10 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port"
pooled=postgres://$user:$password@127.0.0.1:$port/$database
admin() { psql "postgres://$user@127.0.0.1:$port/pgbouncer" -XAtqc "$1"; }

echo "-- $articles articles, $clients functions at once, $pool server connections"
DATABASE_URL=$pooled "$gleaner" run --concurrency "$clients" --json >"$work/run.jsonl" 2>"$work/run.log"

expect_sql "every article is done" "select count(*) from article_work where state = 'done'" "$articles"
expect_sql "none needed a second attempt" "select max(attempt) from article_work" 1
expect_sql "no invariant is broken" "select count(*) from invariant_violations" 0
transactions=$(admin "show stats" | awk -F'|' -v db="$database" '$1 == db { print $2 }')
servers=$(admin "show servers" | grep -c "|$database|" || true)
echo "   $transactions transactions over $servers server connections"
((transactions >= 2 * articles && servers <= pool && servers > 0)) \
  || { echo "FAILED  the path did not go through the pool" >&2; exit 1; }
ok "the path went through the pool"
finished
