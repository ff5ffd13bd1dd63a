-- store::add. One row per distinct URL, in the order given: the article, and whether it is new.
CREATE OR REPLACE FUNCTION gleaner_add(
    p_urls   text[],
    p_titles text[]
) RETURNS TABLE (id bigint, inserted boolean)
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
#variable_conflict use_column
BEGIN
    -- Serial: two callers that add the same URL at once would each see none. In a statement of its
    -- own, because the next one's snapshot has to be younger than the lock. The users' own inserts
    -- are not held up by it.
    PERFORM pg_advisory_xact_lock(hashtext('gleaner add'));
    RETURN QUERY
    WITH given AS MATERIALIZED (
        SELECT DISTINCT ON (g.url) g.url, g.title, g.place
          FROM unnest(p_urls, p_titles) WITH ORDINALITY AS g (url, title, place)
         ORDER BY g.url, g.place
    ), known AS MATERIALIZED (
        SELECT g.url, min(a.id) AS id FROM given g JOIN articles a ON a.url = g.url GROUP BY g.url
    ), made AS (
        INSERT INTO articles (url, title)
        SELECT g.url, g.title FROM given g
         WHERE NOT EXISTS (SELECT FROM known k WHERE k.url = g.url)
         ORDER BY g.place
        RETURNING id, url
    ), both_kinds AS (
        SELECT m.id::bigint AS id, true AS inserted, g.place FROM made m JOIN given g ON g.url = m.url
        UNION ALL
        SELECT k.id::bigint, false, g.place FROM known k JOIN given g ON g.url = k.url
    )
    SELECT b.id, b.inserted FROM both_kinds b ORDER BY b.place;
END
$$;
