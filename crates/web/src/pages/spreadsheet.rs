//! Files for spreadsheets: sent as they are read, however long they are, and no cell is one that a spreadsheet takes for a formula.

use axum::{
    body::Body,
    http::header,
    response::{IntoResponse as _, Response},
};
use futures::stream;
use weir_model::Message;
use weir_store::{StoreError, spreadsheet_safe};

/// Lines of a file, out of their cells.
pub(super) fn lines(rows: impl IntoIterator<Item = Vec<String>>) -> Result<String, StoreError> {
    let failed = |detail: String| StoreError::from(Message::Bug { detail });
    let mut writer = csv::Writer::from_writer(vec![]);
    for cells in rows {
        writer
            .write_record(cells.into_iter().map(spreadsheet_safe))
            .map_err(|error| failed(error.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.to_string()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A file of this name with a line over its columns. `next` gives some lines after a place, and the place to go on after, where there may
/// be more; the first of them tell whether the file can be made at all.
pub(super) async fn file<P, F>(
    (name, head): (&str, &str),
    mut next: impl FnMut(Option<P>) -> F + Send + 'static,
) -> Result<Response, StoreError>
where
    P: Send + 'static,
    F: Future<Output = Result<(String, Option<P>), StoreError>> + Send + 'static,
{
    let (first, place) = next(None).await?;
    let begin = format!("{head}\n{first}");
    let further = stream::try_unfold((next, place), |(mut next, place)| async move {
        let Some(place) = place else { return Ok::<_, StoreError>(None) };
        let (text, place) = next(Some(place)).await?;
        Ok(Some((text, (next, place))))
    });
    let all = futures::StreamExt::chain(stream::iter([Ok(begin)]), further);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, Body::from_stream(all)).into_response())
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn no_cell_is_a_formula() {
        let rows = [vec!["=1+1".to_owned(), "a, b".to_owned()]];
        assert_eq!(lines(rows).expect("lines"), "'=1+1,\"a, b\"\n");
    }
}
