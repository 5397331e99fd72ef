//! What is said about hygiene besides what goes wrong: names of rules, what each looks for, and why an issue misses one.

use std::fmt;

/// Makes phrases, each with what it speaks of.
macro_rules! phrases {
    ($(#[$about:meta])* $phrases:ident; $($name:ident { $($field:ident : $type:ty),* } = $text:literal;)*) => {
        $(#[$about])*
        #[derive(Clone, PartialEq, Debug)]
        #[allow(missing_docs)]
        pub enum $phrases {
            $($name { $($field: $type),* },)*
        }

        impl fmt::Display for $phrases {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self { $(Self::$name { $($field),* } => write!(f, $text),)* }
            }
        }
    };
}

phrases! {
    /// Words about rules and misses.
    HygieneWords;
    Idle {} = "Idle";
    PoorDescription {} = "Poor description";
    NoDueDate {} = "No due date";
    NoAssignee {} = "No assignee";
    NoComponents {} = "No components";
    MissedResponseTime {} = "Missed response time";
    MissedResolutionTime {} = "Missed resolution time";
    InactiveAssignee {} = "Inactive assignee";
    NothingInScope {} = "no issue is in scope";
    NothingWeighed {} = "none of its weighted rules is here";
    NothingAsked {} = "none of its weighted rules is asked of any issue";
    NotAskedIn { integrations: String, why: String } = "not asked in {integrations}: {why}";
    NoSuchRule {} = "it has no such rule";
    IdleFor { days: f64 } = "nothing happened for more than {days} days";
    FewWords { words: u64 } = "fewer than {words} words of description, or none";
    WithoutDueDate {} = "no due date";
    WithoutAssignee {} = "no assignee";
    WithoutComponents {} = "no components";
    NoResponseWithin { days: f64 } = "no response within {days} days of its creation";
    NotDoneWithin { days: f64 } = "not done within {days} days of its creation";
    OrOwnGoal {} = ", or within the goal for its project, type or priority";
    AssigneeNotActive {} = "the account of the assignee is not active";
    Holds { field: String, comparison: String, now: String, since: String } = "{field} {comparison}{now}{since}";
    Now { value: String } = ": {value}";
    Since { day: String } = ", since {day}";
    TheirsSince { day: String } = ", theirs since {day}";
    Late { goal: f64, by: String, came: String } = "was to come within {goal} days{by}; {came}";
    By { day: String } = " by {day}";
    CameOn { day: String } = "came on {day}";
    HasNotCome {} = "has not come";
    FieldLeftOut { field: String } = "{field} is left out by configuration";
    FieldNotReadYet { field: String } = "{field} has not been read again yet; it is once a run has come to its end";
    FieldUnknownHere { field: String } = "{field} is no custom field of the site";
    FieldUnmapped { field: String } = "{field} is not mapped; map it with weir fields map";
    FieldUnmappedHere { field: String } = "{field} is not mapped; map it under Fields";
    FieldReadDifferently { field: String } = "{field} is read differently now; change the rule";
    FieldGone { field: String, day: String } = "{field} is no longer in Jira since {day}";
    MappedFieldGone { field: String, day: String } = "{field} is no longer in Jira since {day}; review its mapping";
    MappedFieldChanged { field: String } = "{field} has another type in Jira than when it was mapped; review its mapping";
    LeftDone {} = "it is done";
    LeftScope {} = "it is not in scope any more";
    LeftNoMiss {} = "it misses the rule no more";
    GoalForNone { goal: String, what: String, name: String } = "The goal {goal} is for no issue: no integration here has a {what} \"{name}\".";
    AccountNotActive { person: String, since: String } = "the account of the assignee {person} is not active{since}";
}

#[cfg(test)]
mod tests {
    use super::HygieneWords;

    #[test]
    fn a_phrase_says_what_it_speaks_of() {
        assert_eq!(
            HygieneWords::IdleFor { days: 30.0 }.to_string(),
            "nothing happened for more than 30 days"
        );
        let late = HygieneWords::Late { goal: 2.5, by: " by x".into(), came: "has not come".into() };
        assert_eq!(late.to_string(), "was to come within 2.5 days by x; has not come");
    }
}
