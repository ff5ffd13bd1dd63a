-- What Gleaner does to the users' table asks nothing of the application that writes to it: its roles
-- insert, update, delete and truncate as before, with no right on anything of Gleaner's.
ALTER FUNCTION gleaner_article_inserted() SECURITY DEFINER;
ALTER FUNCTION gleaner_article_updated() SECURITY DEFINER;

-- Instead of a foreign key: it refuses the application's TRUNCATE and every change of an id, and makes
-- each new work row lock the article.
ALTER TABLE article_work DROP CONSTRAINT article_work_article_id_fkey;

CREATE FUNCTION gleaner_article_deleted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
BEGIN
    DELETE FROM article_work WHERE article_id = OLD.id;
    IF TG_OP = 'UPDATE' THEN
        -- Another id is another article, as one that is new.
        PERFORM gleaner_backfill(NEW.id - 1, NEW.id, 1);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER gleaner_article_deleted AFTER DELETE ON articles
    FOR EACH ROW EXECUTE FUNCTION gleaner_article_deleted();
-- Not `UPDATE OF id`: a column that another trigger sets does not count for that list.
CREATE TRIGGER gleaner_article_renumbered AFTER UPDATE ON articles
    FOR EACH ROW WHEN (OLD.id IS DISTINCT FROM NEW.id) EXECUTE FUNCTION gleaner_article_deleted();

CREATE FUNCTION gleaner_articles_truncated() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT
AS $$
BEGIN
    TRUNCATE article_work CASCADE;
    RETURN NULL;
END
$$;
CREATE TRIGGER gleaner_articles_truncated AFTER TRUNCATE ON articles
    FOR EACH STATEMENT EXECUTE FUNCTION gleaner_articles_truncated();
