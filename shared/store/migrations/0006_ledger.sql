-- What was paid, by UTC day, model and endpoint. It outlives articles and their runs: deleting an
-- article gives no money back. Several rows a key, so that workers do not queue for one.
CREATE TABLE llm_ledger (
    day              date NOT NULL,
    model            text NOT NULL,
    endpoint         text NOT NULL,
    shard            smallint NOT NULL,
    runs             bigint NOT NULL DEFAULT 0,
    runs_failed      bigint NOT NULL DEFAULT 0,
    calls            bigint NOT NULL DEFAULT 0,
    tokens_in        bigint NOT NULL DEFAULT 0,
    tokens_cached    bigint NOT NULL DEFAULT 0,
    tokens_out       bigint NOT NULL DEFAULT 0,
    tokens_reasoning bigint NOT NULL DEFAULT 0,
    known_micro_usd  bigint NOT NULL DEFAULT 0,
    calls_unpriced   bigint NOT NULL DEFAULT 0, -- their cost is missing from the column before
    PRIMARY KEY (day, model, endpoint, shard),
    CONSTRAINT nothing_is_paid_back CHECK (known_micro_usd >= 0 AND calls_unpriced BETWEEN 0 AND calls)
) WITH (fillfactor = 50);

INSERT INTO llm_ledger (day, model, endpoint, shard, runs, runs_failed, calls, tokens_in,
                        tokens_cached, tokens_out, tokens_reasoning, known_micro_usd, calls_unpriced)
SELECT (started_at AT TIME ZONE 'UTC')::date, model_requested, endpoint, 0, count(*),
       count(*) FILTER (WHERE status = 'failed'), sum(calls), sum(tokens_in), sum(tokens_cached),
       sum(tokens_out), sum(tokens_reasoning), coalesce(sum(cost_micro_usd), 0),
       coalesce(sum(calls) FILTER (WHERE cost_micro_usd IS NULL), 0)
  FROM extractions
 WHERE status <> 'started' AND reused_from IS NULL AND calls > 0
 GROUP BY 1, 2, 3;

-- The limits that the scheduler was last started with: what the commands show beside the day's sum.
CREATE TABLE llm_limits (
    only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    warn_micro_usd bigint,
    stop_micro_usd bigint,
    told_at        timestamptz
);
INSERT INTO llm_limits DEFAULT VALUES;

-- Runs whose end is not recorded are few; looking for lost ones reads nothing else.
CREATE INDEX extractions_open ON extractions (started_at) WHERE status = 'started';

-- `cost_micro_usd` is what is known of the cost, null when nothing is; `calls_unpriced` says how
-- many calls are missing from it.
DROP VIEW llm_cost_by_day;
CREATE VIEW llm_cost_by_day AS
SELECT day, model, endpoint,
       sum(runs)::bigint AS runs,
       sum(runs_failed)::bigint AS runs_failed,
       sum(calls)::bigint AS calls,
       sum(tokens_in)::bigint AS tokens_in,
       sum(tokens_cached)::bigint AS tokens_cached,
       sum(tokens_out)::bigint AS tokens_out,
       sum(tokens_reasoning)::bigint AS tokens_reasoning,
       CASE WHEN sum(known_micro_usd) > 0 OR sum(calls_unpriced) = 0
            THEN sum(known_micro_usd)::bigint END AS cost_micro_usd,
       sum(calls_unpriced)::bigint AS calls_unpriced
  FROM llm_ledger
 GROUP BY day, model, endpoint;

-- One row: today (UTC) against the limits. `runs_lost`: runs of today whose worker vanished; what
-- they cost is not known.
CREATE VIEW llm_budget_today AS
SELECT today.day,
       coalesce(sum(l.known_micro_usd), 0)::bigint AS spent_micro_usd,
       coalesce(sum(l.calls_unpriced), 0)::bigint AS calls_unpriced,
       (SELECT count(*) FROM lost_runs r
         WHERE r.started_at >= today.day::timestamp AT TIME ZONE 'UTC') AS runs_lost,
       limits.warn_micro_usd, limits.stop_micro_usd, limits.told_at,
       (today.day + 1)::timestamp AT TIME ZONE 'UTC' AS ends_at
  FROM (SELECT (now() AT TIME ZONE 'UTC')::date AS day) AS today
 CROSS JOIN llm_limits AS limits
  LEFT JOIN llm_ledger l ON l.day = today.day
 GROUP BY today.day, limits.warn_micro_usd, limits.stop_micro_usd, limits.told_at;

-- A breaker without an end is not open: its strikes are counted.
ALTER TABLE llm_breakers ALTER COLUMN open_until DROP NOT NULL;
ALTER TABLE llm_breakers ADD COLUMN last_failure timestamptz NOT NULL DEFAULT now();

-- Snoozes after which the LLM, or whatever else was asked, had failed in the same way each time.
-- Snoozes without a try (breaker open, budget spent) are not among them.
ALTER TABLE article_work ADD COLUMN snoozes int NOT NULL DEFAULT 0;
ALTER TABLE article_work ADD COLUMN snoozed_class text;

-- Functions whose arguments or columns differ from here on.
DROP FUNCTION IF EXISTS gleaner_claim(bigint, bigint, text);
DROP FUNCTION IF EXISTS gleaner_open_run(bigint, bigint, bytea, text, text, text, text, text, text,
                                         text, text, text, text, bigint);
DROP FUNCTION IF EXISTS gleaner_finish(bigint, bigint, text, bigint, bigint, jsonb, jsonb, jsonb, text);
