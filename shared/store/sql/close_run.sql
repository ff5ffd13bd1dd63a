-- Writes the account of a run into its `started` row; one row, or an error that rolls all back.
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
           calls = u.calls, tokens_in = u.tokens_in, tokens_cached = u.tokens_cached,
           tokens_out = u.tokens_out, tokens_reasoning = u.tokens_reasoning,
           cost_micro_usd = u.cost_micro_usd, finished_at = now()
      FROM jsonb_to_record(p_record) AS r (
               status text, model_returned text, chunks_total int, chunks_ok int, chars_cut int,
               facts_returned int, facts_kept int, facts_ungrounded int, facts_merged int,
               usage jsonb),
           jsonb_to_record(p_record -> 'usage') AS u (
               calls int, tokens_in bigint, tokens_cached bigint, tokens_out bigint,
               tokens_reasoning bigint, cost_micro_usd bigint)
     WHERE e.id = p_run AND e.article_id = p_article AND e.fence = p_fence;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'GL002',
            MESSAGE = format('run %s is not of article %s under fence %s', p_run, p_article, p_fence);
    END IF;
END
$$;
