//! How things are counted: in a workspace, or everywhere where nothing else holds.

use crate::{
    Store, StoreError,
    value::{Row, values},
};
use weir_model::{KeptSettings, Message, Millis, WorkspaceId};

/// The place of what is nobody's own.
pub(super) fn place_of(workspace: Option<&WorkspaceId>) -> String {
    workspace.map(WorkspaceId::to_string).unwrap_or_default()
}

impl Store {
    /// The settings of a workspace, or those of the installation; nothing where none were kept.
    pub async fn hygiene_settings(
        &self,
        workspace: Option<&WorkspaceId>,
    ) -> Result<Option<KeptSettings>, StoreError> {
        const QUERY: &str =
            "SELECT document, revision, changed_at FROM hygiene_settings WHERE workspace_id = $1";
        let read = |row: Row| {
            Ok(KeptSettings {
                document: row.text(0)?.to_owned(),
                revision: row.int(1)?,
                changed_at: Millis(row.int(2)?),
            })
        };
        self.db.first(QUERY, values![place_of(workspace)]).await?.map(read).transpose()
    }

    /// Keeps settings, if those that are there still are of the revision before; none, where it is the first.
    ///
    /// # Errors
    /// `changed.meanwhile`.
    pub async fn keep_hygiene_settings(
        &self,
        workspace: Option<&WorkspaceId>,
        settings: &KeptSettings,
    ) -> Result<(), StoreError> {
        let query = match settings.revision {
            1 => {
                "INSERT INTO hygiene_settings (workspace_id, document, revision, changed_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (workspace_id) DO NOTHING"
            }
            _ => {
                "UPDATE hygiene_settings SET document = $2, revision = $3, changed_at = $4 \
                 WHERE workspace_id = $1 AND revision = $3 - 1"
            }
        };
        let values =
            values![place_of(workspace), &*settings.document, settings.revision, settings.changed_at.0];
        match self.db.execute(query, values).await? {
            0 => Err(Message::ChangedMeanwhile {}.into()),
            _ => Ok(()),
        }
    }

    /// Forgets settings of this revision, so that what holds elsewhere holds again.
    ///
    /// # Errors
    /// `changed.meanwhile`.
    pub async fn forget_hygiene_settings(
        &self,
        workspace: Option<&WorkspaceId>,
        revision: i64,
    ) -> Result<(), StoreError> {
        let query = "DELETE FROM hygiene_settings WHERE workspace_id = $1 AND revision = $2";
        match self.db.execute(query, values![place_of(workspace), revision]).await? {
            0 => Err(Message::ChangedMeanwhile {}.into()),
            _ => Ok(()),
        }
    }
}
