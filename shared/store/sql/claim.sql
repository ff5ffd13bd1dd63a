-- store::claim. Hands out an article: attempt and fence are counted here, so that a worker that is
-- killed outright has been counted. Answers {"claimed": "work", …}, {"claimed": "not_due"} (final,
-- waiting, or under a live lease) or {"claimed": "unknown"}. A claim that is asked for again with
-- its own key, because the first answer was lost, is answered again and counted once.
CREATE OR REPLACE FUNCTION gleaner_claim(
    p_article  bigint,
    p_lease_ms bigint,
    p_request  text,
    p_key      bigint -- drawn by the caller for this claim alone
) RETURNS jsonb
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    w article_work;
    work jsonb;
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
    IF FOUND THEN
        IF w.fence > 1 THEN
            -- A lease that passed before the scheduler saw it.
            UPDATE article_attempts t
               SET ended_at = now(), outcome = 'lost', error_class = 'lost_worker',
                   error = 'the worker vanished before its lease ended'
             WHERE t.article_id = p_article AND t.fence < w.fence AND t.ended_at IS NULL;
        END IF;
        INSERT INTO article_attempts (article_id, fence, attempt, request_id, claim_key)
        VALUES (p_article, w.fence, w.attempt, p_request, p_key);
    ELSE
        SELECT t.* INTO w FROM article_work t
         WHERE t.article_id = p_article AND t.state = 'running'
           AND EXISTS (SELECT FROM article_attempts own
                        WHERE own.article_id = p_article AND own.fence = t.fence
                          AND own.claim_key = p_key);
        IF NOT FOUND THEN
            RETURN jsonb_build_object('claimed',
                CASE WHEN EXISTS (SELECT FROM article_work t WHERE t.article_id = p_article)
                     THEN 'not_due' ELSE 'unknown' END);
        END IF;
    END IF;

    SELECT jsonb_build_object(
               'claimed', 'work', 'fence', w.fence, 'attempt', w.attempt,
               'max_attempts', w.max_attempts, 'url', a.url::text, 'title', a.title::text,
               'errors_before', CASE WHEN w.attempt > 1 THEN (
                   SELECT coalesce(jsonb_agg(before.error_class ORDER BY before.fence), '[]')
                     FROM (SELECT t.error_class, t.fence FROM article_attempts t
                            WHERE t.article_id = p_article AND t.outcome IN ('retry', 'lost')
                              AND t.fence >= (SELECT max(first.fence) FROM article_attempts first
                                               WHERE first.article_id = p_article AND first.attempt = 1)
                            ORDER BY t.fence LIMIT 20) AS before) -- more than any max_attempts in use
               ELSE '[]' END,
               'snoozes', w.snoozes, 'snoozed_class', w.snoozed_class,
               'breakers', (
                   SELECT coalesce(jsonb_agg(jsonb_build_object('key', b.breaker_key,
                              'class', b.error_class, 'until_in_ms',
                              ceil(extract(epoch FROM b.open_until - now()) * 1000)::bigint)), '[]')
                     FROM llm_breakers b WHERE b.open_until > now()))
      INTO work
      FROM articles a WHERE a.id = p_article;
    IF NOT FOUND THEN
        -- Deleted past the triggers, or while a backfill had it in sight.
        DELETE FROM article_work t WHERE t.article_id = p_article;
        RETURN jsonb_build_object('claimed', 'unknown');
    END IF;
    RETURN work;
END
$$;
