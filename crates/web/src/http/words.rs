//! Schemas of members that take one of a few words, or a day.

use utoipa::openapi::{
    Array, ArrayBuilder, KnownFormat, Object, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat,
    schema::{SchemaType, Type},
};

/// Any of the words.
pub(crate) fn one_word(words: impl IntoIterator<Item = &'static str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}

/// Any of the words, or `null`.
pub(crate) fn word_or_null(words: impl IntoIterator<Item = &'static str>) -> Object {
    let types = SchemaType::Array(vec![Type::String, Type::Null]);
    let all = words.into_iter().map(Some).chain([None]);
    ObjectBuilder::new().schema_type(types).enum_values(Some(all)).build()
}

/// A day, or nothing at all.
pub(crate) fn day_or_empty() -> Schema {
    let text = || ObjectBuilder::new().schema_type(Type::String);
    let day = text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)));
    Schema::OneOf(OneOfBuilder::new().item(day).item(text().max_length(Some(0))).build())
}

/// At least one of the words.
pub(crate) fn some_words(words: impl IntoIterator<Item = &'static str>) -> Array {
    let word = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words));
    ArrayBuilder::new().items(word).min_items(Some(1)).build()
}
