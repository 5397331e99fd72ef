//! Seals secrets so that the store can keep them and cannot read them.
//!
//! Every secret gets its own random data key; the data key is wrapped by the [`MasterKey`], which
//! lives in a file beside the store and never in it. A sealed value is bound to its [`Context`]: in
//! another row or column it does not open. Both layers are XChaCha20-Poly1305 with random nonces.
//!
//! Whoever has the store alone has nothing; whoever loses the key file loses the secrets.

mod entropy;
mod envelope;
mod key_file;
mod key_ring;
mod master_key;
mod vault;

pub use entropy::{Entropy, EntropyError, OsEntropy};
pub use envelope::Sealed;
pub use key_file::{KeyError, KeyFile, KeyFileLock, StoreState};
pub use key_ring::KeyRing;
pub use master_key::MasterKey;
pub use secrecy::{ExposeSecret, SecretString as Secret};
pub use vault::{Context, Vault, VaultError};
