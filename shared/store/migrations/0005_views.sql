-- What users and operators read.

-- Each article's newest complete run. A reprocessed article keeps showing the run before until the
-- new one is finished: the pointer moves in the finishing transaction.
CREATE VIEW current_facts AS
SELECT f.article_id, f.extraction_id, f.ordinal, f.claim, f.kind, f.certainty, f.speaker,
       f.date_text, f.date_from, f.date_to, f.place, f.entities, f.quote, f.model_quote,
       f.span_start, f.span_end, f.grounding, f.edits, f.unsupported, f.fact_key
  FROM article_work w
  JOIN facts f ON f.extraction_id = w.extraction_id;

-- Must be empty: a span whose text is not its quote.
CREATE VIEW bad_spans AS
SELECT f.article_id, f.extraction_id, f.ordinal, f.span_start, f.span_end, f.quote,
       substr(t.body, f.span_start + 1, f.span_end - f.span_start) AS text_at_span
  FROM facts f
  JOIN extractions e ON e.id = f.extraction_id
  JOIN article_texts t ON t.content_sha256 = e.content_sha256
 WHERE substr(t.body, f.span_start + 1, f.span_end - f.span_start) <> f.quote;

-- Runs whose worker is gone: killed between its first call and its record.
CREATE VIEW lost_runs AS
SELECT e.id AS extraction_id, e.article_id, e.fence, e.model_requested, e.started_at
  FROM extractions e
  JOIN article_work w ON w.article_id = e.article_id
 WHERE e.status = 'started'
   AND NOT (w.state = 'running' AND w.fence = e.fence AND w.lease_until > now());

-- Every call is in it, those of failed runs too. `cost_micro_usd` sums what has a known price;
-- `runs_unpriced` says how many runs are missing from that sum.
CREATE VIEW llm_cost_by_day AS
SELECT (e.started_at AT TIME ZONE 'UTC')::date AS day,
       e.model_requested AS model,
       e.endpoint,
       count(*) AS runs,
       count(*) FILTER (WHERE e.status = 'failed') AS runs_failed,
       sum(e.calls)::bigint AS calls,
       sum(e.tokens_in)::bigint AS tokens_in,
       sum(e.tokens_cached)::bigint AS tokens_cached,
       sum(e.tokens_out)::bigint AS tokens_out,
       sum(e.tokens_reasoning)::bigint AS tokens_reasoning,
       sum(e.cost_micro_usd)::bigint AS cost_micro_usd,
       count(*) FILTER (WHERE e.calls > 0 AND e.cost_micro_usd IS NULL) AS runs_unpriced
  FROM extractions e
 WHERE e.status <> 'started' AND e.reused_from IS NULL
 GROUP BY 1, 2, 3;

-- One row per state, also for states without articles. `oldest_s`: seconds since the longest
-- standing row of the state changed; `overdue_s`: seconds since the longest waiting one came due.
CREATE VIEW pipeline_status AS
SELECT s.state, s.position,
       count(w.article_id) AS articles,
       extract(epoch FROM now() - min(w.updated_at))::float8 AS oldest_s,
       greatest(0, extract(epoch FROM now() - min(w.due_at)
           FILTER (WHERE w.state IN ('new', 'queued', 'retry', 'running'))))::float8 AS overdue_s
  FROM (VALUES ('new', 1), ('queued', 2), ('running', 3), ('retry', 4), ('done', 5), ('failed', 6))
       AS s (state, position)
  LEFT JOIN article_work w ON w.state = s.state
 GROUP BY s.state, s.position;

-- Must be empty. Each row is a promise broken, with the article it is broken for.
CREATE VIEW invariant_violations AS
SELECT 'article without work row' AS invariant, a.id::bigint AS article_id, NULL::text AS detail
  FROM articles a WHERE NOT EXISTS (SELECT FROM article_work w WHERE w.article_id = a.id)
UNION ALL
SELECT 'done without processed_at', w.article_id, w.outcome
  FROM article_work w JOIN articles a ON a.id = w.article_id
 WHERE w.state = 'done' AND a.processed_at IS NULL
UNION ALL
SELECT 'processed_at without done', w.article_id, w.state
  FROM article_work w JOIN articles a ON a.id = w.article_id
 WHERE w.state <> 'done' AND a.processed_at IS NOT NULL
UNION ALL
SELECT 'waiting without a url', w.article_id, w.state
  FROM article_work w JOIN articles a ON a.id = w.article_id
 WHERE w.state NOT IN ('done', 'failed') AND gleaner_is_blank(a.url)
UNION ALL
SELECT 'facts_count is not the number of facts', w.article_id,
       format('facts_count %s, facts %s', w.facts_count, count(f.ordinal))
  FROM article_work w LEFT JOIN facts f ON f.extraction_id = w.extraction_id
 WHERE w.state = 'done'
 GROUP BY w.article_id HAVING count(f.ordinal) <> w.facts_count
UNION ALL
SELECT 'work row points to no run of its article', w.article_id, w.extraction_id::text
  FROM article_work w
 WHERE w.extraction_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM extractions e
                    WHERE e.id = w.extraction_id AND e.article_id = w.article_id)
UNION ALL
SELECT 'outcome is not its run''s status', w.article_id, format('%s of %s run', w.outcome, e.status)
  FROM article_work w JOIN extractions e ON e.id = w.extraction_id
 WHERE (w.outcome = 'ok' AND e.status <> 'ok')
    OR (w.outcome = 'no_facts' AND e.status <> 'empty')
    OR (w.outcome = 'partial' AND e.status <> 'partial')
UNION ALL
SELECT 'facts_kept is not the number of facts', e.article_id,
       format('run %s: kept %s, facts %s', e.id, e.facts_kept, count(f.ordinal))
  FROM extractions e LEFT JOIN facts f ON f.extraction_id = e.id
 GROUP BY e.id HAVING count(f.ordinal) <> e.facts_kept
UNION ALL
SELECT 'fact of another article than its run', f.article_id, format('run %s', f.extraction_id)
  FROM facts f JOIN extractions e ON e.id = f.extraction_id
 WHERE f.article_id <> e.article_id
UNION ALL
SELECT 'running without an open attempt', w.article_id, format('fence %s', w.fence)
  FROM article_work w
 WHERE w.state = 'running'
   AND NOT EXISTS (SELECT FROM article_attempts t
                    WHERE t.article_id = w.article_id AND t.fence = w.fence AND t.ended_at IS NULL)
UNION ALL
SELECT 'open attempt of a row that is not running under it', t.article_id, format('fence %s', t.fence)
  FROM article_attempts t JOIN article_work w ON w.article_id = t.article_id
 WHERE t.ended_at IS NULL AND NOT (w.state = 'running' AND w.fence = t.fence)
UNION ALL
SELECT 'running row is not due at the end of its lease', w.article_id,
       format('due %s, lease %s', w.due_at, w.lease_until)
  FROM article_work w WHERE w.state = 'running' AND w.due_at <> w.lease_until
UNION ALL
SELECT 'waiting row comes due in more than a day and an hour', w.article_id, w.due_at::text
  FROM article_work w
 WHERE w.state NOT IN ('done', 'failed') AND w.due_at > now() + interval '25 hours';
