-- Articles as a JSON document tells them, with their texts, runs and facts: what a browser is shown.
-- psql -v doc="…" -f seed.sql
CREATE TEMP TABLE seed AS SELECT ordinality AS n, value AS doc
  FROM jsonb_array_elements(:'doc'::jsonb) WITH ORDINALITY;

DO $$
DECLARE
    it record;
    new_article bigint;
    new_run bigint;
    digest bytea;
BEGIN
    FOR it IN SELECT doc FROM seed ORDER BY n LOOP
        INSERT INTO articles (url, title)
        VALUES (it.doc ->> 'url', it.doc ->> 'title') RETURNING id INTO new_article;
        IF it.doc ? 'class' THEN
            UPDATE article_work
               SET state = 'failed', error_class = it.doc ->> 'class', error = left(it.doc ->> 'error', 500)
             WHERE article_id = new_article;
            INSERT INTO article_attempts (article_id, fence, attempt, request_id, ended_at, outcome,
                                          error_class, error, reason, steps)
            VALUES (new_article, 1, 1, 'seed', now(), 'failed', it.doc ->> 'class',
                    left(it.doc ->> 'error', 500), left(it.doc ->> 'error', 500), '{"fetch": 12}');
            CONTINUE;
        END IF;
        digest := sha256(convert_to(it.doc ->> 'text', 'UTF8'));
        INSERT INTO article_texts (content_sha256, body, title, language, extractor_version)
        VALUES (digest, it.doc ->> 'text', it.doc ->> 'title', it.doc ->> 'language', 'seed')
            ON CONFLICT DO NOTHING;
        INSERT INTO extractions (article_id, fence, content_sha256, prompt_version, schema_version,
                                 model_requested, endpoint, status, chunks_total, chunks_ok,
                                 facts_returned, facts_kept, facts_ungrounded, rejected, finished_at)
        VALUES (new_article, 1, digest, 'seed', '1', coalesce(it.doc ->> 'model', 'seed'),
                'http://127.0.0.1:1', 'ok', 1, 1, jsonb_array_length(it.doc -> 'facts'),
                jsonb_array_length(it.doc -> 'facts'), jsonb_array_length(it.doc -> 'rejected'),
                it.doc -> 'rejected', now())
        RETURNING id INTO new_run;
        INSERT INTO facts (extraction_id, ordinal, article_id, claim, kind, certainty, speaker,
                           date_text, place, quote, model_quote, span_start, span_end, grounding,
                           unsupported, fact_key)
        SELECT new_run, f.n - 1, new_article, f.v ->> 'claim', f.v ->> 'kind',
               f.v ->> 'certainty', f.v ->> 'speaker', f.v ->> 'when', f.v ->> 'place',
               substr(it.doc ->> 'text', (f.v ->> 'start')::int + 1,
                      (f.v ->> 'end')::int - (f.v ->> 'start')::int),
               f.v ->> 'model_quote', (f.v ->> 'start')::int, (f.v ->> 'end')::int,
               CASE WHEN f.v ? 'model_quote' THEN 'normalized' ELSE 'exact' END,
               ARRAY(SELECT jsonb_array_elements_text(f.v -> 'unsupported')), 'key' || f.n
          FROM jsonb_array_elements(it.doc -> 'facts') WITH ORDINALITY AS f (v, n);
        UPDATE article_work
           SET state = 'done', outcome = 'ok', extraction_id = new_run,
               facts_count = jsonb_array_length(it.doc -> 'facts')
         WHERE article_id = new_article;
        UPDATE articles SET processed_at = now() WHERE id = new_article;
    END LOOP;
END
$$;
