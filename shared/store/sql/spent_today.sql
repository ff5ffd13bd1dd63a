-- What today (UTC) has cost as far as it is known, in millionths of a dollar.
CREATE OR REPLACE FUNCTION gleaner_spent_today() RETURNS bigint
LANGUAGE sql STABLE SET search_path FROM CURRENT
AS $$
    SELECT coalesce(sum(known_micro_usd), 0)::bigint
      FROM llm_ledger WHERE day = (now() AT TIME ZONE 'UTC')::date
$$;
