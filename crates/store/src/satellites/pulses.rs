//! How often satellites reported, in stretches of the last day.

use crate::{
    Store, StoreError,
    db::{Tx, sql},
    value::values,
};
use weir_model::{Millis, Pulse};

/// Notes a report; what is older than a day goes.
pub(super) async fn note(tx: &mut Tx, satellite: &str, now: i64) -> Result<(), StoreError> {
    let slot = Pulse::slot_of(Millis(now));
    let begun = tx
        .execute(
            sql("INSERT INTO satellite_pulse (satellite_id, slot, beats, first_at, last_at, longest_ms) \
                 VALUES ($1, $2, 1, $3, $3, 0) ON CONFLICT (satellite_id, slot) DO NOTHING"),
            values![satellite, slot, now],
        )
        .await?;
    if begun > 0 {
        let old = slot - Pulse::SLOTS;
        let query = "DELETE FROM satellite_pulse WHERE satellite_id = $1 AND (slot <= $2 OR slot > $3)";
        return tx.execute(sql(query), values![satellite, old, slot]).await.map(drop);
    }
    let query = "UPDATE satellite_pulse SET beats = beats + 1, last_at = $3, \
        longest_ms = CASE WHEN $3 - last_at > longest_ms THEN $3 - last_at ELSE longest_ms END \
        WHERE satellite_id = $1 AND slot = $2";
    tx.execute(sql(query), values![satellite, slot, now]).await.map(drop)
}

impl Store {
    /// How often a satellite reported in each stretch of the last day in which it did, the oldest first.
    pub async fn pulses(&self, satellite: &str) -> Result<Vec<Pulse>, StoreError> {
        const QUERY: &str = "SELECT slot, beats, first_at, last_at, longest_ms FROM satellite_pulse \
            WHERE satellite_id = $1 AND slot > $2 AND slot <= $3 ORDER BY slot";
        let slot = Pulse::slot_of(Millis(self.now()));
        let rows = self.db.fetch(QUERY, values![satellite, slot - Pulse::SLOTS, slot]).await?;
        let pulse = |row: &crate::value::Row| {
            Ok(Pulse {
                slot: row.int(0)?,
                beats: row.count(1)?,
                first_at: Millis(row.int(2)?),
                last_at: Millis(row.int(3)?),
                longest_ms: row.int(4)?,
            })
        };
        rows.iter().map(pulse).collect()
    }
}
