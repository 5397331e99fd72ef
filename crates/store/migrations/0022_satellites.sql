-- Satellites: agents that read in a network that no server reaches, as each reported last.
CREATE TABLE satellite (
    id {id} NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    key_id {id} NOT NULL,
    status TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    beat_at BIGINT NOT NULL,
    revoked_at BIGINT,
    revoked_by TEXT
);

-- Which integrations a satellite names in its file, and until when it is its turn with one.
CREATE TABLE satellite_feed (
    integration_no BIGINT NOT NULL,
    satellite_id {id} NOT NULL,
    turn_until BIGINT NOT NULL,
    PRIMARY KEY (integration_no, satellite_id)
);

-- What is asked of satellites, as long as somebody waits for it.
CREATE TABLE errand (
    no {serial},
    integration_no BIGINT NOT NULL,
    what TEXT NOT NULL,
    wanted_until BIGINT NOT NULL,
    satellite_id {id},
    turn BIGINT NOT NULL,
    sign TEXT,
    sign_at BIGINT NOT NULL,
    outcome TEXT
);
CREATE INDEX errand_by_integration ON errand (integration_no);

-- What came of an errand and waits to be committed, and how it was answered.
CREATE TABLE parcel (
    errand_no BIGINT NOT NULL,
    turn BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    body {bytes} NOT NULL,
    reply TEXT,
    PRIMARY KEY (errand_no, turn, seq)
);
