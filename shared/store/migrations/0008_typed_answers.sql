-- Functions that answer in another form, or under another name, from here on.
DROP FUNCTION IF EXISTS gleaner_claim(bigint, bigint, text);
DROP FUNCTION IF EXISTS gleaner_open_run(bigint, bigint, bytea, text, text, text, text, text, text,
                                         text, text, text, text[], text[], bigint, bigint);
DROP FUNCTION IF EXISTS gleaner_setback(bigint, bigint, text, text, text, bigint, bigint, jsonb,
                                        jsonb, jsonb);
DELETE FROM gleaner_migrations WHERE name = 'setback';

-- What a claim, or a page of due rows, is read back by when its answer was lost on the way.
ALTER TABLE article_attempts ADD COLUMN claim_key bigint;
ALTER TABLE article_work ADD COLUMN page_key bigint;
