-- Closes the attempt that the claim opened; one row, or an error that rolls all back.
CREATE OR REPLACE FUNCTION gleaner_close_attempt(
    p_article bigint,
    p_fence   bigint,
    p_outcome text,
    p_class   text,
    p_error   text,
    p_run     bigint,
    p_attempt jsonb
) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    UPDATE article_attempts t
       SET ended_at = now(), outcome = p_outcome, error_class = p_class, error = p_error,
           reason = r.reason, steps = r.steps, page_bytes = r.page_bytes,
           text_chars = r.text_chars, http_status = r.http_status, final_url = r.final_url,
           extraction_id = p_run
      FROM jsonb_to_record(p_attempt) AS r (
               reason text, steps jsonb, page_bytes bigint, text_chars bigint,
               http_status int, final_url text)
     WHERE t.article_id = p_article AND t.fence = p_fence AND t.ended_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'GL002',
            MESSAGE = format('article %s has no open attempt under fence %s', p_article, p_fence);
    END IF;
END
$$;
