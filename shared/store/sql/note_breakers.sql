-- Closes and opens breakers by what a run has met. p_routes: [{"key", "up": true}] closes;
-- [{"key", "up": false, "class", "open_ms", "strikes"}] counts a failure and opens after so many in
-- a row. One that is or was open opens again at the first failure. Keys are taken in order, so
-- that two runs never wait for each other in a ring.
CREATE OR REPLACE FUNCTION gleaner_note_breakers(p_routes jsonb) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    r record;
    until timestamptz;
BEGIN
    FOR r IN SELECT key, up, class, open_ms, strikes
               FROM jsonb_to_recordset(p_routes)
                    AS t (key text, up boolean, class text, open_ms bigint, strikes int)
              ORDER BY key
    LOOP
        IF r.up THEN
            DELETE FROM llm_breakers WHERE breaker_key = r.key;
            CONTINUE;
        END IF;
        until := now() + r.open_ms * interval '1 millisecond';
        INSERT INTO llm_breakers AS b (breaker_key, error_class, open_until)
        VALUES (r.key, r.class, CASE WHEN r.strikes <= 1 THEN until END)
            ON CONFLICT (breaker_key) DO UPDATE
               -- Strikes further apart than this are not in a row.
               SET failures = CASE WHEN b.open_until IS NULL
                                    AND b.last_failure < now() - interval '15 minutes'
                                   THEN 1 ELSE b.failures + 1 END,
                   error_class = excluded.error_class, last_failure = now(),
                   opened_at = CASE WHEN b.open_until IS NULL THEN now() ELSE b.opened_at END,
                   open_until = CASE
                       WHEN b.open_until IS NOT NULL OR r.strikes <= 1 THEN greatest(b.open_until, until)
                       WHEN b.failures + 1 >= r.strikes
                        AND b.last_failure >= now() - interval '15 minutes' THEN until END;
    END LOOP;
END
$$;
