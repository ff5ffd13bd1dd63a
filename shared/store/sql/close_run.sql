-- Writes the account of a run into its `started` row (one row, or an error that rolls all back), and
-- what each route of it cost into the ledger of the day on which it is written.
CREATE OR REPLACE FUNCTION gleaner_close_run(
    p_article bigint,
    p_fence   bigint,
    p_run     bigint,
    p_record  jsonb
) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    UPDATE extractions e
       SET status = r.status, model_returned = r.model_returned,
           chunks_total = r.chunks_total, chunks_ok = r.chunks_ok, chars_cut = r.chars_cut,
           facts_returned = r.facts_returned, facts_kept = r.facts_kept,
           facts_ungrounded = r.facts_ungrounded, facts_merged = r.facts_merged,
           rejected = coalesce(r.rejected, '[]'),
           calls = u.calls, tokens_in = u.tokens_in, tokens_cached = u.tokens_cached,
           tokens_out = u.tokens_out, tokens_reasoning = u.tokens_reasoning,
           cost_micro_usd = u.cost_micro_usd, finished_at = now()
      FROM jsonb_to_record(p_record) AS r (
               status text, model_returned text, chunks_total int, chunks_ok int, chars_cut int,
               facts_returned int, facts_kept int, facts_ungrounded int, facts_merged int, rejected jsonb,
               usage jsonb),
           jsonb_to_record(p_record -> 'usage') AS u (
               calls int, tokens_in bigint, tokens_cached bigint, tokens_out bigint,
               tokens_reasoning bigint, cost_micro_usd bigint)
     WHERE e.id = p_run AND e.article_id = p_article AND e.fence = p_fence;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'GL002',
            MESSAGE = format('run %s is not of article %s under fence %s', p_run, p_article, p_fence);
    END IF;

    INSERT INTO llm_ledger AS l (day, model, endpoint, shard, runs, runs_failed, calls, tokens_in,
                                 tokens_cached, tokens_out, tokens_reasoning, known_micro_usd,
                                 calls_unpriced)
    SELECT (now() AT TIME ZONE 'UTC')::date, r.model, r.endpoint, abs(p_article % 8), 1,
           CASE WHEN p_record ->> 'status' = 'failed' THEN 1 ELSE 0 END, u.calls, u.tokens_in,
           u.tokens_cached, u.tokens_out, u.tokens_reasoning, r.known_micro_usd, r.calls_unpriced
      FROM jsonb_to_recordset(p_record -> 'routes') AS r (
               model text, endpoint text, usage jsonb, known_micro_usd bigint, calls_unpriced bigint),
           jsonb_to_record(r.usage) AS u (
               calls bigint, tokens_in bigint, tokens_cached bigint, tokens_out bigint,
               tokens_reasoning bigint)
     ORDER BY r.model, r.endpoint
        ON CONFLICT (day, model, endpoint, shard) DO UPDATE
           SET runs = l.runs + 1,
               runs_failed = l.runs_failed + excluded.runs_failed,
               calls = l.calls + excluded.calls,
               tokens_in = l.tokens_in + excluded.tokens_in,
               tokens_cached = l.tokens_cached + excluded.tokens_cached,
               tokens_out = l.tokens_out + excluded.tokens_out,
               tokens_reasoning = l.tokens_reasoning + excluded.tokens_reasoning,
               known_micro_usd = l.known_micro_usd + excluded.known_micro_usd,
               calls_unpriced = l.calls_unpriced + excluded.calls_unpriced;
END
$$;
