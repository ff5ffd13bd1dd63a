-- store::open_run. One row: verdict `lease_lost`; `reuse` (run, status, facts: a complete run of
-- the same text, prompt, schema and model); `breaker_open` (class, wait); or `open` (run, chunks).
CREATE OR REPLACE FUNCTION gleaner_open_run(
    p_article   bigint,
    p_fence     bigint,
    p_sha256    bytea,
    p_body      text,
    p_title     text,
    p_language  text,
    p_published text,
    p_extractor text,
    p_prompt    text,
    p_schema    text,
    p_model     text,
    p_endpoint  text,
    p_breaker   text,
    p_probe_ms  bigint
) RETURNS TABLE (
    verdict text, run bigint, status text, facts int, class text, until_in_ms bigint, chunks jsonb
)
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
#variable_conflict use_column
DECLARE
    found_run extractions;
    breaker llm_breakers;
    new_run bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM article_work w WHERE w.article_id = p_article
                      AND w.fence = p_fence AND w.state = 'running') THEN
        RETURN QUERY SELECT 'lease_lost', NULL::bigint, NULL::text, NULL::int, NULL::text,
                            NULL::bigint, NULL::jsonb;
        RETURN;
    END IF;

    SELECT * INTO found_run FROM extractions e
     WHERE e.content_sha256 = p_sha256 AND e.prompt_version = p_prompt
       AND e.schema_version = p_schema AND e.model_requested = p_model
       AND e.status IN ('ok', 'empty')
     ORDER BY e.id DESC LIMIT 1;
    IF FOUND THEN
        RETURN QUERY SELECT 'reuse', found_run.id, found_run.status, found_run.facts_kept,
                            NULL::text, NULL::bigint, NULL::jsonb;
        RETURN;
    END IF;

    SELECT * INTO breaker FROM llm_breakers b WHERE b.breaker_key = p_breaker;
    IF FOUND THEN
        -- Once the wait is over, the one that moves it on is the probe; the others go on waiting.
        UPDATE llm_breakers b SET open_until = now() + p_probe_ms * interval '1 millisecond'
         WHERE b.breaker_key = p_breaker AND b.open_until <= now();
        IF NOT FOUND THEN
            SELECT * INTO breaker FROM llm_breakers b WHERE b.breaker_key = p_breaker;
            IF FOUND THEN
                RETURN QUERY SELECT 'breaker_open', NULL::bigint, NULL::text, NULL::int,
                    breaker.error_class,
                    greatest(0, ceil(extract(epoch FROM breaker.open_until - now()) * 1000))::bigint,
                    NULL::jsonb;
                RETURN;
            END IF;
        END IF;
    END IF;

    INSERT INTO article_texts (content_sha256, body, title, language, published, extractor_version)
    VALUES (p_sha256, p_body, p_title, p_language, p_published, p_extractor)
        ON CONFLICT DO NOTHING;
    INSERT INTO extractions (article_id, fence, content_sha256, prompt_version, schema_version,
                             model_requested, endpoint)
    VALUES (p_article, p_fence, p_sha256, p_prompt, p_schema, p_model, p_endpoint)
    RETURNING id INTO new_run;

    RETURN QUERY SELECT 'open', new_run, NULL::text, NULL::int, NULL::text, NULL::bigint,
        CASE WHEN p_fence > 1 THEN (
            SELECT jsonb_agg(jsonb_build_object('index', c.chunk_index, 'start', c.span_start,
                        'end', c.span_end, 'reply', c.reply, 'usage', c.usage) ORDER BY c.chunk_index)
              FROM (SELECT DISTINCT ON (k.chunk_index) k.*
                      FROM extractions e JOIN llm_chunks k ON k.extraction_id = e.id
                     WHERE e.article_id = p_article AND e.content_sha256 = p_sha256
                       AND e.prompt_version = p_prompt AND e.schema_version = p_schema
                       AND e.model_requested = p_model
                     ORDER BY k.chunk_index, k.extraction_id DESC) c)
        END;
END
$$;
