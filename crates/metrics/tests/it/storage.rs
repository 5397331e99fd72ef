//! Columns are read as they were written, and damage is an error.

use crate::{random::Random, site::Site};
use proptest::prelude::*;
use std::collections::BTreeMap;
use weir_metrics::{
    columns::{Chunk, ChunkError, Column, Damage, chunk_of, encode, encode_replacing, replaced},
    facts::IssueFacts,
};

fn decode(columns: &BTreeMap<Column, Vec<u8>>) -> Result<Chunk, ChunkError> {
    Chunk::decode(columns.iter().map(|(column, blob)| (column.clone(), blob.as_slice())))
}

fn of_first_chunk(seed: u64) -> Vec<IssueFacts> {
    let facts = Site::new(seed, 25).facts();
    let first = chunk_of(facts[0].no);
    facts.into_iter().filter(|facts| chunk_of(facts.no) == first).collect()
}

/// The same, with a check that holds: what somebody who means harm would write.
fn checked(mut blob: Vec<u8>) -> Vec<u8> {
    let end = blob.len().saturating_sub(8);
    blob.truncate(end);
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |state: u64, word: u64| (state ^ word).wrapping_mul(ODD).rotate_left(29);
    let mut state = blob.len() as u64;
    let (words, rest) = blob.as_chunks::<8>();
    words.iter().for_each(|word| state = mix(state, u64::from_le_bytes(*word)));
    rest.iter().for_each(|byte| state = mix(state, u64::from(*byte) + 1));
    let check = mix(state, state >> 32);
    blob.extend_from_slice(&check.to_le_bytes());
    blob
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn facts_are_read_as_they_were_written(seed: u64) {
        let facts = of_first_chunk(seed);
        let columns = encode(&facts);
        let chunk = decode(&columns).unwrap();
        prop_assert_eq!(chunk.len(), facts.len());
        prop_assert_eq!(chunk.facts().unwrap(), facts);
        for column in columns.keys() {
            prop_assert_eq!(column.to_string().parse::<Column>(), Ok(column.clone()));
        }
    }

    #[test]
    fn newer_facts_take_the_place_of_old_ones(seed: u64) {
        let mut facts = of_first_chunk(seed);
        let is_near = |newer: &IssueFacts| chunk_of(newer.no) == chunk_of(facts[0].no);
        let newer: Vec<IssueFacts> = of_first_chunk(seed ^ 1).into_iter().filter(is_near).take(9).collect();
        let gone = facts[0].no;
        let before = facts.clone();
        let after = replaced(decode(&encode(&facts)).unwrap().facts().unwrap(), newer.clone(), &[gone]);
        facts.retain(|old| newer.iter().all(|newer| newer.no != old.no));
        facts.extend(newer.clone());
        facts.retain(|facts| facts.no != gone);
        let at_once = encode_replacing(&decode(&encode(&before)).unwrap(), &newer, &[gone]).unwrap();
        prop_assert_eq!(decode(&at_once).unwrap().facts().unwrap(), after.clone());
        facts.sort_by_key(|facts| facts.no);
        prop_assert_eq!(decode(&encode(&after)).unwrap().facts().unwrap(), facts);
    }

    #[test]
    fn changed_bytes_are_found(seed: u64) {
        let random = &mut Random::new(seed);
        let columns = encode(&of_first_chunk(seed));
        let names: Vec<_> = columns.keys().cloned().collect();
        for _ in 0..20 {
            let column = random.pick(&names).clone();
            let mut damaged = columns.clone();
            let blob = damaged.get_mut(&column).unwrap();
            match random.below(3) {
                0 => blob.truncate(random.below(blob.len())),
                1 => blob.push(0),
                _ => {
                    let at = random.below(blob.len());
                    blob[at] ^= 1 << random.below(8);
                }
            }
            let found = decode(&damaged);
            prop_assert!(matches!(found, Err(ChunkError::Damaged { .. })), "{}: {:?}", column, found);
        }
    }

    #[test]
    fn bytes_that_somebody_made_up_never_bring_it_down(seed: u64) {
        let random = &mut Random::new(seed);
        let columns = encode(&of_first_chunk(seed));
        let names: Vec<_> = columns.keys().cloned().collect();
        for _ in 0..40 {
            let column = random.pick(&names).clone();
            let mut damaged = columns.clone();
            let blob = damaged.get_mut(&column).unwrap();
            for _ in 0..1 + random.below(3) {
                let at = random.below(blob.len());
                blob[at] = *random.pick(&[0, 1, 0x7f, 0x80, 0xff, 0x0f, 0x10]);
            }
            if random.one_in(3) {
                blob.truncate(random.below(blob.len()));
            }
            let made_up = checked(std::mem::take(blob));
            *blob = made_up;
            if let Ok(chunk) = decode(&damaged) {
                chunk.facts().unwrap();
            }
        }
    }
}

#[test]
fn columns_that_do_not_belong_together_are_found() {
    let columns = encode(&of_first_chunk(1));
    let mut mixed = encode(&of_first_chunk(1)[..1]);
    mixed.insert(Column::Rows, columns[&Column::Rows].clone());
    let found = decode(&mixed);
    assert!(
        matches!(found, Err(ChunkError::Damaged { source: Damage::Rows { found: 1, .. }, .. })),
        "{found:?}"
    );
    mixed.remove(&Column::Rows);
    assert_eq!(decode(&mixed), Err(ChunkError::Missing(Column::Rows)));
    let empty = decode(&encode(&[])).unwrap();
    assert!(empty.is_empty() && empty.facts().unwrap().is_empty());
    let newer = of_first_chunk(1);
    assert_eq!(encode_replacing(&empty, &newer, &[]).unwrap(), encode(&newer));
    assert!(encode_replacing(&Chunk::default(), &newer, &[]).is_err());
}
