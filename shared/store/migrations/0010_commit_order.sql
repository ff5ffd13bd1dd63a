-- The transaction that finished a run. Once every transaction before it has ended, the run can be
-- exported and no other can still appear before it: what no clock can promise. NULL in runs that
-- were finished before this column; they count as before every cursor.
ALTER TABLE extractions ADD COLUMN finished_xid xid8;

-- A trigger, so that no writer can forget it.
CREATE FUNCTION gleaner_run_finished() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT
AS $$
BEGIN
    NEW.finished_xid := pg_current_xact_id();
    RETURN NEW;
END
$$;
CREATE TRIGGER gleaner_run_inserted BEFORE INSERT ON extractions
    FOR EACH ROW WHEN (NEW.status <> 'started') EXECUTE FUNCTION gleaner_run_finished();
CREATE TRIGGER gleaner_run_finished BEFORE UPDATE OF status ON extractions
    FOR EACH ROW WHEN (NEW.status IS DISTINCT FROM OLD.status)
    EXECUTE FUNCTION gleaner_run_finished();
CREATE INDEX extractions_finished ON extractions (finished_xid, id);
