-- The master keys that sealed values name, never the keys themselves. `check_value` is a known text sealed with the key: it
-- tells the right key from a wrong one. One key is active; one that is retiring still opens what is not under that one yet.

CREATE TABLE sealing_key (
    id {id} NOT NULL PRIMARY KEY,
    check_value TEXT NOT NULL,
    state TEXT NOT NULL,
    since BIGINT NOT NULL,
    retired_at BIGINT
);
