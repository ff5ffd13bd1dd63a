-- store::{retry, snooze, fail}. The row comes due again, or fails for good; processed_at stays as
-- it is. Answers `recorded`, `exhausted` (recorded, and it was the last attempt) or `lease_lost`.
CREATE OR REPLACE FUNCTION gleaner_record_failure(
    p_article bigint,
    p_fence   bigint,
    p_verb    text, -- retry, snooze, failed
    p_class   text,
    p_tried   boolean, -- whether anything was tried: a snooze without a try does not count
    p_error   text,
    p_wait_ms bigint,
    p_run     bigint, -- run that was opened, or null
    p_record  jsonb,  -- its account, or null when a panic took that
    p_attempt jsonb,
    p_breaker jsonb -- what gleaner_note_breakers is to know, or null
) RETURNS text
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    due timestamptz := now() + p_wait_ms * interval '1 millisecond';
    landed text;
BEGIN
    UPDATE article_work w
       SET state = CASE WHEN p_verb = 'failed' OR (p_verb = 'retry' AND w.attempt >= w.max_attempts)
                        THEN 'failed' ELSE 'retry' END,
           attempt = CASE WHEN p_verb = 'snooze' THEN greatest(0, w.attempt - 1) ELSE w.attempt END,
           snoozes = CASE WHEN p_verb <> 'snooze' OR NOT p_tried THEN w.snoozes
                          WHEN w.snoozed_class = p_class THEN w.snoozes + 1 ELSE 1 END,
           snoozed_class = CASE WHEN p_verb <> 'snooze' OR NOT p_tried THEN w.snoozed_class
                                ELSE p_class END,
           due_at = due, lease_until = NULL, error_class = p_class, error = p_error, updated_at = now()
     WHERE w.article_id = p_article AND w.fence = p_fence AND w.state = 'running'
    RETURNING w.state INTO landed;
    IF NOT FOUND THEN
        RETURN gleaner_recorded(p_article, p_fence, p_verb);
    END IF;

    IF p_record IS NOT NULL THEN
        PERFORM gleaner_close_run(p_article, p_fence, p_run, p_record);
    END IF;
    PERFORM gleaner_close_attempt(p_article, p_fence, p_verb, p_class, p_error, p_run, p_attempt);
    IF p_verb = 'snooze' THEN
        -- An outage of days snoozes an article hundreds of times; the newest few tell the story.
        DELETE FROM article_attempts
         WHERE article_id = p_article AND fence < p_fence - 20 AND outcome = 'snooze';
    END IF;
    IF p_breaker IS NOT NULL THEN
        PERFORM gleaner_note_breakers(p_breaker);
    END IF;
    RETURN CASE WHEN p_verb = 'retry' AND landed = 'failed' THEN 'exhausted' ELSE 'recorded' END;
END
$$;
