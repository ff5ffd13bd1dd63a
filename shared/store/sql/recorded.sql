-- What a verb answers when the work row is no longer its claim's. An attempt that is closed with
-- the very outcome means that this verb was committed before and its answer was lost on the way;
-- anything else means that the lease is lost.
CREATE OR REPLACE FUNCTION gleaner_recorded(
    p_article bigint,
    p_fence   bigint,
    p_outcome text
) RETURNS text
LANGUAGE sql STABLE SET search_path FROM CURRENT
AS $$
    SELECT CASE WHEN EXISTS (
        SELECT FROM article_attempts
         WHERE article_id = p_article AND fence = p_fence AND outcome = p_outcome)
    THEN 'recorded' ELSE 'lease_lost' END
$$;
