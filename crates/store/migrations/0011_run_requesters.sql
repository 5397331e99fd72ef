-- Who asked for a run, as the audit log names them: the id and the name of an account or of a key; no id at the command line.

ALTER TABLE run ADD COLUMN asked_by TEXT;
ALTER TABLE run ADD COLUMN asked_by_id TEXT;
ALTER TABLE run_request ADD COLUMN asked_by_id TEXT;
