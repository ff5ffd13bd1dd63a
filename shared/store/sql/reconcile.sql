-- store::reconcile. Repairs a window of the table; answers how many articles were repaired. Forgets
-- breakers of routes that nobody has asked for a day: another endpoint may have the address by now.
CREATE OR REPLACE FUNCTION gleaner_reconcile(p_window int) RETURNS bigint
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    start_after bigint;
    window_end bigint;
    newest bigint;
    repaired bigint := 0;
    some_rows bigint;
BEGIN
    -- One reconciler at a time; another one skips its turn.
    SELECT after_article INTO start_after FROM gleaner_reconciler FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;

    DELETE FROM llm_breakers b WHERE b.breaker_key IN (
        SELECT old.breaker_key FROM llm_breakers old
         WHERE old.last_failure < now() - interval '1 day'
           AND (old.open_until IS NULL OR old.open_until <= now())
           FOR UPDATE SKIP LOCKED);

    -- Beyond the newest work row: what replication has just brought.
    SELECT coalesce(max(article_id), -9223372036854775808) INTO newest FROM article_work;
    repaired := gleaner_backfill(newest, 9223372036854775807, p_window);

    SELECT max(id) INTO window_end
      FROM (SELECT id FROM articles WHERE id > start_after ORDER BY id LIMIT p_window) AS ids;
    -- Work of articles that were deleted past the triggers; behind the last article too.
    DELETE FROM article_work w
     WHERE w.article_id > start_after
       AND w.article_id <= coalesce(window_end, 9223372036854775807)
       AND NOT EXISTS (SELECT FROM articles a WHERE a.id = w.article_id);
    GET DIAGNOSTICS some_rows = ROW_COUNT;
    repaired := repaired + some_rows;

    IF window_end IS NOT NULL THEN
        repaired := repaired + gleaner_backfill(start_after, window_end, p_window);
        WITH contradicted AS (
            SELECT w.article_id, a.processed_at, a.url
              FROM article_work w JOIN articles a ON a.id = w.article_id
             WHERE w.article_id > start_after AND w.article_id <= window_end
               AND a.id > start_after AND a.id <= window_end
               AND (w.state = 'done') <> (a.processed_at IS NOT NULL)
               FOR UPDATE OF w SKIP LOCKED
        ), closed AS (
            UPDATE article_attempts t SET ended_at = now(), outcome = 'superseded'
              FROM contradicted c WHERE t.article_id = c.article_id AND t.ended_at IS NULL
        )
        UPDATE article_work w
           SET state = CASE WHEN c.processed_at IS NOT NULL THEN 'done'
                            WHEN gleaner_is_blank(c.url) THEN 'failed' ELSE 'new' END,
               outcome = CASE WHEN c.processed_at IS NOT NULL THEN 'adopted' END,
               facts_count = CASE WHEN c.processed_at IS NOT NULL THEN coalesce(w.facts_count, 0)
                                  ELSE w.facts_count END,
               error_class = CASE WHEN c.processed_at IS NULL AND gleaner_is_blank(c.url) THEN 'bad_url' END,
               error = CASE WHEN c.processed_at IS NULL AND gleaner_is_blank(c.url)
                            THEN 'the row has no url' END,
               attempt = 0, lease_until = NULL, fence = w.fence + 1, due_at = now(), updated_at = now()
          FROM contradicted c
         WHERE w.article_id = c.article_id;
        GET DIAGNOSTICS some_rows = ROW_COUNT;
        repaired := repaired + some_rows;
    END IF;
    UPDATE gleaner_reconciler SET after_article = coalesce(window_end, -9223372036854775808);
    RETURN repaired;
END
$$;
