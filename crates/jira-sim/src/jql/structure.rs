//! A query as the tree that `/jql/parse` answers with.

use serde_json::{Value, json};

use super::parse::{Clause, Operand, Query};

pub(crate) fn structure(query: &Query) -> Value {
    let mut tree = json!({});
    if let Some(clause) = &query.clause {
        tree["where"] = of(clause);
    }
    if !query.order.is_empty() {
        let fields: Vec<Value> = query
            .order
            .iter()
            .map(|(name, descending)| {
                json!({ "field": { "name": name }, "direction": if *descending { "desc" } else { "asc" } })
            })
            .collect();
        tree["orderBy"] = json!({ "fields": fields });
    }
    tree
}

fn of(clause: &Clause) -> Value {
    let compound = |operator: &str, clauses: &[Clause]| json!({ "operator": operator, "clauses": clauses.iter().map(of).collect::<Vec<_>>() });
    match clause {
        Clause::And(clauses) => compound("and", clauses),
        Clause::Or(clauses) => compound("or", clauses),
        Clause::Not(inner) => compound("not", std::slice::from_ref(inner)),
        Clause::Term { field, operator, operand } => {
            json!({ "field": { "name": field }, "operator": operator.sign(), "operand": self::operand(operand) })
        }
    }
}

fn operand(operand: &Operand) -> Value {
    match operand {
        Operand::One(value) => json!({ "value": value.text }),
        Operand::List(values) => {
            json!({ "values": values.iter().map(|value| json!({ "value": value.text })).collect::<Vec<_>>() })
        }
        Operand::Function { name, arguments } => json!({ "function": name, "arguments": arguments }),
        Operand::Empty => json!({ "keyword": "empty" }),
    }
}
