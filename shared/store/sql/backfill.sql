-- Makes the work rows that are missing for articles in (p_after, p_last], at most p_limit articles
-- looked at; answers how many were made. The same rule as the insert trigger's.
CREATE OR REPLACE FUNCTION gleaner_backfill(
    p_after bigint,
    p_last  bigint,
    p_limit int
) RETURNS bigint
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    made bigint;
BEGIN
    INSERT INTO article_work (article_id, state, outcome, facts_count, error_class, error)
    SELECT a.id,
           CASE WHEN a.processed_at IS NOT NULL THEN 'done'
                WHEN gleaner_is_blank(a.url) THEN 'failed' ELSE 'new' END,
           CASE WHEN a.processed_at IS NOT NULL THEN 'adopted' END,
           CASE WHEN a.processed_at IS NOT NULL THEN 0 END,
           CASE WHEN a.processed_at IS NULL AND gleaner_is_blank(a.url) THEN 'bad_url' END,
           CASE WHEN a.processed_at IS NULL AND gleaner_is_blank(a.url) THEN 'the row has no url' END
      FROM (SELECT id, url, processed_at FROM articles
             WHERE id > p_after AND id <= p_last ORDER BY id LIMIT p_limit) AS a
     WHERE NOT EXISTS (SELECT FROM article_work w
                        WHERE w.article_id = a.id
                          AND w.article_id > p_after AND w.article_id <= p_last) -- for the planner
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN made;
END
$$;
