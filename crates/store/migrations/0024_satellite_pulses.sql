-- How often each satellite reported in the stretches of the last day.
CREATE TABLE satellite_pulse (
    satellite_id {id} NOT NULL,
    slot BIGINT NOT NULL,
    beats BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    longest_ms BIGINT NOT NULL,
    PRIMARY KEY (satellite_id, slot)
);
