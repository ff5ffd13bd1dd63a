-- What the users do to their table becomes work, whatever client they use.
CREATE FUNCTION gleaner_is_blank(url text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path FROM CURRENT
AS $$ SELECT url IS NULL OR btrim(url, E' \t\r\n\f\v') = '' $$;

-- A row appears: it is due, or visibly failed when it names no page, or final when it says so.
CREATE FUNCTION gleaner_article_inserted() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    INSERT INTO article_work (article_id, state, outcome, facts_count, error_class, error)
    SELECT NEW.id,
           CASE WHEN NEW.processed_at IS NOT NULL THEN 'done'
                WHEN gleaner_is_blank(NEW.url) THEN 'failed' ELSE 'new' END,
           CASE WHEN NEW.processed_at IS NOT NULL THEN 'adopted' END,
           CASE WHEN NEW.processed_at IS NOT NULL THEN 0 END,
           CASE WHEN NEW.processed_at IS NULL AND gleaner_is_blank(NEW.url) THEN 'bad_url' END,
           CASE WHEN NEW.processed_at IS NULL AND gleaner_is_blank(NEW.url) THEN 'the row has no url' END
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER gleaner_article_inserted AFTER INSERT ON articles
    FOR EACH ROW EXECUTE FUNCTION gleaner_article_inserted();

-- Another page under the same id: what was done was done for the page before.
CREATE FUNCTION gleaner_url_changing() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    NEW.processed_at := NULL;
    RETURN NEW;
END
$$;
CREATE TRIGGER gleaner_url_changing BEFORE UPDATE OF url ON articles
    FOR EACH ROW WHEN (OLD.url IS DISTINCT FROM NEW.url AND NEW.processed_at IS NOT NULL
                       AND NEW.processed_at IS NOT DISTINCT FROM OLD.processed_at)
    EXECUTE FUNCTION gleaner_url_changing();

-- The url changed, or processed_at was set or taken back. A worker that runs is fenced out: what it
-- brings is about a row that is no longer so. (Finishing makes the work row `done` first, so that
-- this finds nothing to do.)
CREATE FUNCTION gleaner_article_updated() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
DECLARE
    other_page boolean := OLD.url IS DISTINCT FROM NEW.url;
    blank boolean := gleaner_is_blank(NEW.url);
BEGIN
    IF NEW.processed_at IS NOT NULL THEN
        UPDATE article_work
           SET state = 'done', outcome = 'adopted', error_class = NULL, error = NULL,
               extraction_id = CASE WHEN other_page THEN NULL ELSE extraction_id END,
               facts_count = CASE WHEN other_page THEN 0 ELSE coalesce(facts_count, 0) END,
               lease_until = NULL, fence = fence + 1, updated_at = now()
         WHERE article_id = NEW.id AND (state <> 'done' OR other_page);
    ELSE
        UPDATE article_work
           SET state = CASE WHEN blank THEN 'failed' ELSE 'new' END,
               error_class = CASE WHEN blank THEN 'bad_url' END,
               error = CASE WHEN blank THEN 'the row has no url' END,
               extraction_id = CASE WHEN other_page THEN NULL ELSE extraction_id END,
               facts_count = CASE WHEN other_page THEN NULL ELSE facts_count END,
               attempt = 0, outcome = NULL, lease_until = NULL, fence = fence + 1,
               due_at = now(), updated_at = now()
         WHERE article_id = NEW.id;
    END IF;
    IF FOUND THEN
        UPDATE article_attempts SET ended_at = now(), outcome = 'superseded'
         WHERE article_id = NEW.id AND ended_at IS NULL;
    END IF;
    RETURN NULL;
END
$$;
-- Not `UPDATE OF …`: a column that another trigger sets does not count for that list.
CREATE TRIGGER gleaner_article_updated AFTER UPDATE ON articles
    FOR EACH ROW WHEN (OLD.url IS DISTINCT FROM NEW.url
                       OR (OLD.processed_at IS NULL) <> (NEW.processed_at IS NULL))
    EXECUTE FUNCTION gleaner_article_updated();
