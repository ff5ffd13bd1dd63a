-- store::open_run. Answers {"opened": …} with `lease_lost`; `reuse` (run, status, facts: a complete
-- run of the same text, prompt, schema and model); `at_work` (until_in_ms: such a run of another
-- article is under way, under a lease that ends then); `budget_spent` (spent_micro_usd, until_in_ms);
-- `breaker_open` (class, until_in_ms); or `run` (run, usable, probes, chunks).
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
    p_breakers  text[], -- of the routes, in the order in which they are asked
    p_blocking  text[], -- classes after which the next route is not asked either
    p_probe_ms  bigint,
    p_stop      bigint  -- what a day may cost, or null
) RETURNS jsonb
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    found_run extractions;
    at_work_until timestamptz;
    breaker llm_breakers;
    breaker_name text;
    spent bigint;
    usable text[] := '{}';
    probes text[] := '{}';
    is_certain boolean := false; -- a route before this one is up, as far as is known
    open_class text;
    next_try timestamptz;
    new_run bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM article_work w WHERE w.article_id = p_article
                      AND w.fence = p_fence AND w.state = 'running') THEN
        RETURN jsonb_build_object('opened', 'lease_lost');
    END IF;

    -- Two that open the same run do so one after the other. The lock goes with this transaction, long
    -- before the model is asked: what keeps others off then is the started row under a live lease.
    PERFORM pg_advisory_xact_lock(hashtextextended(
        concat_ws('/', 'gleaner run', encode(p_sha256, 'hex'), p_prompt, p_schema, p_model), 0));
    -- Before the look for a finished run: one that finishes between the two looks is found by the second.
    SELECT max(w.lease_until) INTO at_work_until
      FROM extractions e JOIN article_work w ON w.article_id = e.article_id
     WHERE e.content_sha256 = p_sha256 AND e.prompt_version = p_prompt
       AND e.schema_version = p_schema AND e.model_requested = p_model
       AND e.status = 'started' AND e.article_id <> p_article
       AND w.fence = e.fence AND w.state = 'running' AND w.lease_until > now();

    SELECT * INTO found_run FROM extractions e
     WHERE e.content_sha256 = p_sha256 AND e.prompt_version = p_prompt
       AND e.schema_version = p_schema AND e.model_requested = p_model
       AND e.status IN ('ok', 'empty')
     ORDER BY e.id DESC LIMIT 1;
    IF FOUND THEN
        RETURN jsonb_build_object('opened', 'reuse', 'run', found_run.id,
            'status', found_run.status, 'facts', found_run.facts_kept);
    END IF;

    IF at_work_until IS NOT NULL THEN
        RETURN jsonb_build_object('opened', 'at_work',
            'until_in_ms', ceil(extract(epoch FROM at_work_until - now()) * 1000)::bigint);
    END IF;

    IF p_stop IS NOT NULL THEN
        spent := gleaner_spent_today();
        IF spent >= p_stop THEN
            RETURN jsonb_build_object('opened', 'budget_spent',
                'spent_micro_usd', spent,
                'until_in_ms', ceil(1000 * extract(epoch FROM
                    date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day'
                    - now() AT TIME ZONE 'UTC'))::bigint);
        END IF;
    END IF;

    FOREACH breaker_name IN ARRAY p_breakers LOOP
        SELECT * INTO breaker FROM llm_breakers b WHERE b.breaker_key = breaker_name;
        IF NOT FOUND OR breaker.open_until IS NULL THEN
            usable := usable || breaker_name;
            is_certain := true;
            CONTINUE;
        END IF;
        IF NOT is_certain THEN
            -- Once the wait is over, the one that moves it on is the probe; the others go on waiting.
            -- Nobody waits for a row here that another one is about to move or to close.
            PERFORM FROM llm_breakers b
              WHERE b.breaker_key = breaker_name AND b.open_until <= now()
                FOR UPDATE SKIP LOCKED;
            IF FOUND THEN
                UPDATE llm_breakers b SET open_until = now() + p_probe_ms * interval '1 millisecond'
                 WHERE b.breaker_key = breaker_name;
                usable := usable || breaker_name;
                probes := probes || breaker_name;
                CONTINUE;
            END IF;
            -- Another one's probe may have moved it on, or closed it, a moment ago.
            SELECT * INTO breaker FROM llm_breakers b WHERE b.breaker_key = breaker_name;
            IF NOT FOUND OR breaker.open_until IS NULL THEN
                usable := usable || breaker_name;
                is_certain := true;
                CONTINUE;
            END IF;
        END IF;
        open_class := coalesce(open_class, breaker.error_class);
        next_try := least(next_try, breaker.open_until);
        EXIT WHEN breaker.error_class = ANY (p_blocking);
    END LOOP;
    IF usable = '{}' AND cardinality(p_breakers) > 0 THEN
        RETURN jsonb_build_object('opened', 'breaker_open', 'class', open_class,
            'until_in_ms', greatest(1000, ceil(extract(epoch FROM next_try - now()) * 1000))::bigint);
    END IF;

    INSERT INTO article_texts (content_sha256, body, title, language, published, extractor_version)
    VALUES (p_sha256, p_body, p_title, p_language, p_published, p_extractor)
        ON CONFLICT DO NOTHING;
    INSERT INTO extractions (article_id, fence, content_sha256, prompt_version, schema_version,
                             model_requested, endpoint)
    VALUES (p_article, p_fence, p_sha256, p_prompt, p_schema, p_model, p_endpoint)
    RETURNING id INTO new_run;

    RETURN jsonb_build_object(
        'opened', 'run', 'run', new_run, 'usable', usable, 'probes', probes,
        'chunks', CASE WHEN p_fence > 1 THEN (
            SELECT coalesce(jsonb_agg(jsonb_build_object('index', c.chunk_index,
                       'start', c.span_start, 'end', c.span_end, 'reply', c.reply,
                       'usage', c.usage) ORDER BY c.chunk_index), '[]')
              FROM (SELECT DISTINCT ON (k.chunk_index) k.*
                      FROM extractions e JOIN llm_chunks k ON k.extraction_id = e.id
                     WHERE e.article_id = p_article AND e.content_sha256 = p_sha256
                       AND e.prompt_version = p_prompt AND e.schema_version = p_schema
                       AND e.model_requested = p_model
                     ORDER BY k.chunk_index, k.extraction_id DESC) c)
        ELSE '[]' END);
END
$$;
