-- store::finish. Facts, account, processed_at, attempt: all or nothing, and only under the fence.
-- Answers `recorded` or `lease_lost`. p_run: the run that was opened; or p_reused: a complete run
-- of the same text whose facts are taken over.
CREATE OR REPLACE FUNCTION gleaner_finish(
    p_article bigint,
    p_fence   bigint,
    p_outcome text,
    p_run     bigint,
    p_reused  bigint,
    p_record  jsonb,
    p_facts   jsonb,
    p_attempt jsonb,
    p_routes  jsonb -- what gleaner_note_breakers is to know, or null
) RETURNS text
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    new_run bigint := p_run;
    kept int;
    is_set boolean;
BEGIN
    -- The users' row first: their updates lock in this order too (row, then trigger), so the two
    -- never wait for each other in a ring.
    PERFORM FROM articles WHERE id = p_article FOR NO KEY UPDATE;
    PERFORM FROM article_work
     WHERE article_id = p_article AND fence = p_fence AND state = 'running' FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN gleaner_recorded(p_article, p_fence, p_outcome);
    END IF;

    IF p_reused IS NULL THEN
        PERFORM gleaner_close_run(p_article, p_fence, p_run, p_record);
        INSERT INTO facts (extraction_id, ordinal, article_id, claim, kind, certainty, speaker,
                           date_text, date_from, date_to, place, entities, quote, model_quote,
                           span_start, span_end, grounding, edits, unsupported, fact_key)
        SELECT p_run, f.ordinal, p_article, f.claim, f.kind, f.certainty, f.speaker,
               f.date_text, f.date_from, f.date_to, f.place, f.entities, f.quote, f.model_quote,
               f.span_start, f.span_end, f.grounding, f.edits, f.unsupported, f.fact_key
          FROM jsonb_to_recordset(p_facts) AS f (
               ordinal int, claim text, kind text, certainty text, speaker text,
               date_text text, date_from date, date_to date, place text, entities text[],
               quote text, model_quote text, span_start int, span_end int, grounding text,
               edits int, unsupported text[], fact_key text);
        GET DIAGNOSTICS kept = ROW_COUNT;
        IF p_outcome <> 'partial' THEN
            DELETE FROM llm_chunks c USING extractions e
             WHERE e.article_id = p_article AND c.extraction_id = e.id;
        END IF;
        PERFORM gleaner_note_breakers(p_routes);
    ELSE
        INSERT INTO extractions (article_id, fence, content_sha256, prompt_version, schema_version,
                                 model_requested, model_returned, endpoint, reused_from, status,
                                 chunks_total, chunks_ok, chars_cut, cost_micro_usd, facts_returned,
                                 facts_kept, facts_ungrounded, facts_merged, rejected, finished_at)
        SELECT p_article, p_fence, content_sha256, prompt_version, schema_version,
               model_requested, model_returned, endpoint, id, status,
               chunks_total, chunks_ok, chars_cut, 0, facts_returned,
               facts_kept, facts_ungrounded, facts_merged, rejected, now()
          FROM extractions WHERE id = p_reused AND status IN ('ok', 'empty')
        RETURNING id INTO new_run;
        IF new_run IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'GL003',
                MESSAGE = format('run %s, to be reused, is gone', p_reused);
        END IF;
        INSERT INTO facts (extraction_id, ordinal, article_id, claim, kind, certainty, speaker,
                           date_text, date_from, date_to, place, entities, quote, model_quote,
                           span_start, span_end, grounding, edits, unsupported, fact_key)
        SELECT new_run, ordinal, p_article, claim, kind, certainty, speaker,
               date_text, date_from, date_to, place, entities, quote, model_quote,
               span_start, span_end, grounding, edits, unsupported, fact_key
          FROM facts WHERE extraction_id = p_reused;
        GET DIAGNOSTICS kept = ROW_COUNT;
    END IF;

    UPDATE article_work
       SET state = 'done', outcome = p_outcome, facts_count = kept, extraction_id = new_run,
           lease_until = NULL, error_class = NULL, error = NULL, snoozes = 0, updated_at = now()
     WHERE article_id = p_article;
    UPDATE articles SET processed_at = now() WHERE id = p_article
    RETURNING processed_at IS NOT NULL INTO is_set;
    IF is_set IS DISTINCT FROM true THEN
        RAISE EXCEPTION USING ERRCODE = 'GL004',
            MESSAGE = 'a trigger or rule of articles takes processed_at back';
    END IF;
    PERFORM gleaner_close_attempt(p_article, p_fence, p_outcome, NULL, NULL, new_run, p_attempt);
    RETURN 'recorded';
END
$$;
