-- store::claim. Hands out an article: attempt and fence are counted here, so that a worker that is
-- killed outright has been counted. One row: verdict `work`, `not_due` (final, waiting, or under
-- a live lease) or `unknown`.
CREATE OR REPLACE FUNCTION gleaner_claim(
    p_article  bigint,
    p_lease_ms bigint,
    p_request  text
) RETURNS TABLE (
    verdict text, fence bigint, attempt int, max_attempts int, url text, title text,
    errors_before text[], snoozes int, snoozed_class text, breakers jsonb
)
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
#variable_conflict use_column
DECLARE
    w article_work;
    lease_end timestamptz := now() + p_lease_ms * interval '1 millisecond';
BEGIN
    UPDATE article_work t
       SET state = 'running', attempt = t.attempt + 1, fence = t.fence + 1,
           lease_until = lease_end, due_at = lease_end, updated_at = now()
     WHERE t.article_id = p_article
       AND t.attempt < t.max_attempts
       AND (t.state = 'queued'
            OR (t.state IN ('new', 'retry') AND t.due_at <= now())
            OR (t.state = 'running' AND t.lease_until <= now()))
    RETURNING * INTO w;
    IF NOT FOUND THEN
        RETURN QUERY SELECT
            CASE WHEN EXISTS (SELECT FROM article_work t WHERE t.article_id = p_article)
                 THEN 'not_due' ELSE 'unknown' END,
            NULL::bigint, NULL::int, NULL::int, NULL::text, NULL::text, NULL::text[], NULL::int, NULL::text, NULL::jsonb;
        RETURN;
    END IF;

    IF w.fence > 1 THEN
        -- A lease that passed before the scheduler saw it.
        UPDATE article_attempts t
           SET ended_at = now(), outcome = 'lost', error_class = 'lost_worker',
               error = 'the worker vanished before its lease ended'
         WHERE t.article_id = p_article AND t.fence < w.fence AND t.ended_at IS NULL;
    END IF;
    INSERT INTO article_attempts (article_id, fence, attempt, request_id)
    VALUES (p_article, w.fence, w.attempt, p_request);

    RETURN QUERY SELECT
        'work', w.fence, w.attempt, w.max_attempts, a.url::text, a.title::text,
        CASE WHEN w.attempt > 1 THEN ARRAY(
            SELECT t.error_class FROM article_attempts t
             WHERE t.article_id = p_article AND t.outcome IN ('retry', 'lost')
               AND t.fence >= (SELECT max(first.fence) FROM article_attempts first
                                WHERE first.article_id = p_article AND first.attempt = 1)
             ORDER BY t.fence LIMIT 20) -- more than any max_attempts in use
        ELSE '{}' END,
        w.snoozes, w.snoozed_class,
        (SELECT jsonb_agg(jsonb_build_object('key', b.breaker_key, 'class', b.error_class,
                    'until_in_ms', ceil(extract(epoch FROM b.open_until - now()) * 1000)::bigint))
           FROM llm_breakers b WHERE b.open_until > now())
      FROM articles a WHERE a.id = p_article;
END
$$;
