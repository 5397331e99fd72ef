//! Dealing evenly: every run gets its share of a deck that is gone through from end to end before it is shuffled again,
//! so that over many runs each card is met as often as any other.

use crate::draw::Draw;

/// The cards of a run: `each` of them, by the number of the run among those that share the deck.
pub(super) fn deal<T: Clone>(deck: &[T], run: u64, each: u64, purpose: u64) -> Vec<T> {
    let length = deck.len() as u64;
    if length == 0 {
        return Vec::new();
    }
    let card = |position: u64| {
        let shuffled = Draw::new(position / length, purpose).shuffled(deck);
        shuffled.into_iter().nth((position % length) as usize)
    };
    (run * each..(run + 1) * each).filter_map(card).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_card_is_dealt_as_often_as_any_other() {
        let deck: Vec<u32> = (0..33).collect();
        let mut dealt = BTreeMap::new();
        for run in 0..330 {
            let hand = deal(&deck, run, 4, 1);
            assert_eq!((hand.len(), hand.clone()), (4, deal(&deck, run, 4, 1)));
            for card in hand {
                *dealt.entry(card).or_insert(0) += 1;
            }
        }
        assert!(dealt.len() == 33 && dealt.values().all(|times| *times == 40), "{dealt:?}");
        assert!(deal::<u32>(&[], 3, 4, 1).is_empty());
    }
}
