//! Buffers for large bodies, used again and again: fresh memory for each would cost a page fault every 4 KB.

use std::sync::{Arc, Mutex, PoisonError};

/// Buffers larger than this are given back to the system.
const LARGEST_KEPT: usize = 16 * 1024 * 1024;

/// Buffers that wait for the next body.
#[derive(Debug)]
pub(crate) struct Buffers {
    free: Mutex<Vec<Vec<u8>>>,
    most: usize,
}

impl Buffers {
    /// Keeps up to `most` buffers.
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { free: Mutex::new(Vec::new()), most })
    }

    /// An empty buffer for about so many bytes.
    pub(crate) fn take(self: &Arc<Self>, capacity: usize) -> Buffer {
        let mut bytes = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        bytes.reserve(capacity);
        Buffer { bytes, home: Arc::clone(self) }
    }

    fn give_back(&self, mut bytes: Vec<u8>) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < self.most && bytes.capacity() <= LARGEST_KEPT {
            bytes.clear();
            free.push(bytes);
        }
    }
}

/// A buffer on loan; it goes home when it is dropped.
#[derive(Debug)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    home: Arc<Buffers>,
}

impl Buffer {
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn extend(&mut self, chunk: &[u8]) {
        self.bytes.extend_from_slice(chunk);
    }

    pub(crate) fn as_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, home: Buffers::new(0) }
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.home.give_back(std::mem::take(&mut self.bytes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_used_again_once_nobody_reads_it() {
        let buffers = Buffers::new(2);
        let mut buffer = buffers.take(1000);
        buffer.extend(b"first");
        let place = buffer.as_ref().as_ptr();
        assert_ne!(buffers.take(10).as_ref().as_ptr(), place, "somebody still reads it");
        buffer.as_mut()[0] = b'F';
        assert_eq!(buffer.as_ref(), b"First");
        drop(buffer);
        let again = buffers.take(10);
        assert_eq!((again.as_ref().as_ptr(), again.len()), (place, 0));
    }

    #[test]
    fn no_more_buffers_are_kept_than_wanted_and_no_monsters() {
        let buffers = Buffers::new(1);
        let (one, two) = (buffers.take(10), buffers.take(10));
        drop((one, two));
        assert_eq!(buffers.free.lock().unwrap().len(), 1);
        let monsters = Buffers::new(1);
        drop(monsters.take(LARGEST_KEPT + 1));
        assert_eq!(monsters.free.lock().unwrap().len(), 0);
    }
}
