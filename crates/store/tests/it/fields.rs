//! The fields of a site.

use crate::setup::Bench;
use weir_model::{Batch, Field, ReferenceSet};
use weir_store::CustomField;
use weir_testkit::for_each_store;

fn field(id: &str, name: &str, kind: Option<&str>) -> Field {
    Field {
        id: id.to_owned(),
        name: name.to_owned(),
        custom: id.starts_with("customfield_"),
        schema_type: kind.map(str::to_owned),
        schema_custom: None,
    }
}

#[tokio::test]
async fn custom_fields_of_one_name_are_two_and_those_of_the_system_are_none() {
    for_each_store(async |store, label| {
        let bench = Bench::new(&store).await;
        let fields = vec![
            field("summary", "Summary", Some("string")),
            field("customfield_2", "Team", Some("string")),
            field("customfield_1", "Team", None),
        ];
        let reference = vec![ReferenceSet::Fields(fields)];
        bench.commit_batch(Batch { reference, ..Batch::default() }).await;
        let custom = |id: &str, kind: Option<&str>| CustomField {
            id: id.to_owned(),
            name: "Team".to_owned(),
            kind: kind.map(str::to_owned),
            source: None,
        };
        let found = store.custom_fields(&bench.id).await.unwrap();
        assert_eq!(
            found,
            [custom("customfield_1", None), custom("customfield_2", Some("string"))],
            "{label}"
        );
    })
    .await;
}
