-- store::violations. Broken promises of the articles in (p_after, p_last]; there must be none. Each
-- row is a promise, and the article that it is broken for.
CREATE OR REPLACE FUNCTION gleaner_violations(
    p_after bigint,
    p_last  bigint
) RETURNS TABLE (invariant text, article_id bigint, detail text)
LANGUAGE sql STABLE SET search_path FROM CURRENT
AS $$
WITH a AS NOT MATERIALIZED (
    SELECT * FROM articles WHERE id > p_after AND id <= p_last
), w AS NOT MATERIALIZED (
    SELECT * FROM article_work WHERE article_id > p_after AND article_id <= p_last
), t AS NOT MATERIALIZED (
    SELECT * FROM article_attempts WHERE article_id > p_after AND article_id <= p_last
), e AS NOT MATERIALIZED (
    SELECT * FROM extractions WHERE article_id > p_after AND article_id <= p_last
)
SELECT 'article without work row', a.id::bigint, NULL::text
  FROM a WHERE NOT EXISTS (SELECT FROM w WHERE w.article_id = a.id)
UNION ALL
SELECT 'work row without article', w.article_id, w.state
  FROM w WHERE NOT EXISTS (SELECT FROM a WHERE a.id = w.article_id)
UNION ALL
SELECT CASE WHEN w.state = 'done' THEN 'done without processed_at' ELSE 'processed_at without done' END,
       w.article_id, concat_ws(' ', w.state, w.outcome)
  FROM w JOIN a ON a.id = w.article_id
 WHERE (w.state = 'done') <> (a.processed_at IS NOT NULL)
UNION ALL
SELECT 'waiting without a url', w.article_id, w.state
  FROM w JOIN a ON a.id = w.article_id
 WHERE w.state NOT IN ('done', 'failed') AND gleaner_is_blank(a.url)
UNION ALL
SELECT 'facts_count is not the number of facts', w.article_id,
       format('facts_count %s, facts %s', w.facts_count, count(f.ordinal))
  FROM w LEFT JOIN facts f ON f.extraction_id = w.extraction_id
 WHERE w.state = 'done'
 GROUP BY w.article_id, w.facts_count HAVING count(f.ordinal) <> w.facts_count
UNION ALL
SELECT 'work row points to no run of its article', w.article_id, w.extraction_id::text
  FROM w
 WHERE w.extraction_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM e WHERE e.id = w.extraction_id AND e.article_id = w.article_id)
UNION ALL
SELECT 'outcome is not its run''s status', w.article_id, format('%s of %s run', w.outcome, e.status)
  FROM w JOIN e ON e.id = w.extraction_id
 WHERE (w.outcome = 'ok' AND e.status <> 'ok')
    OR (w.outcome = 'no_facts' AND e.status <> 'empty')
    OR (w.outcome = 'partial' AND e.status <> 'partial')
UNION ALL
SELECT 'facts_kept is not the number of facts', e.article_id,
       format('run %s: kept %s, facts %s', e.id, e.facts_kept, count(f.ordinal))
  FROM e LEFT JOIN facts f ON f.extraction_id = e.id
 GROUP BY e.article_id, e.id, e.facts_kept HAVING count(f.ordinal) <> e.facts_kept
UNION ALL
SELECT 'fact of another article than its run', f.article_id, format('run %s', f.extraction_id)
  FROM e JOIN facts f ON f.extraction_id = e.id
 WHERE f.article_id <> e.article_id
UNION ALL
SELECT 'span whose text is not its quote', e.article_id, format('run %s, fact %s', e.id, f.ordinal)
  FROM e JOIN facts f ON f.extraction_id = e.id
  JOIN article_texts x ON x.content_sha256 = e.content_sha256
 WHERE substr(x.body, f.span_start + 1, f.span_end - f.span_start) <> f.quote
UNION ALL
SELECT 'running without an open attempt', w.article_id, format('fence %s', w.fence)
  FROM w
 WHERE w.state = 'running'
   AND NOT EXISTS (SELECT FROM t
                    WHERE t.article_id = w.article_id AND t.fence = w.fence AND t.ended_at IS NULL)
UNION ALL
SELECT 'open attempt of a row that is not running under it', t.article_id, format('fence %s', t.fence)
  FROM t JOIN w ON w.article_id = t.article_id
 WHERE t.ended_at IS NULL AND NOT (w.state = 'running' AND w.fence = t.fence)
UNION ALL
SELECT 'running row is not due at the end of its lease', w.article_id,
       format('due %s, lease %s', w.due_at, w.lease_until)
  FROM w WHERE w.state = 'running' AND w.due_at <> w.lease_until
UNION ALL
SELECT 'waiting row comes due in more than a day and an hour', w.article_id, w.due_at::text
  FROM w
 WHERE w.state NOT IN ('done', 'failed') AND w.due_at > now() + interval '25 hours'
$$;

-- The same of all articles, for who looks by hand; `gleaner doctor` goes window by window.
CREATE OR REPLACE VIEW invariant_violations AS
SELECT invariant, article_id, detail
  FROM gleaner_violations('-9223372036854775808', 9223372036854775807);
