//! Sentences about hygiene: what cannot be asked, kept or weighed.

use super::{ExitCode, Surface, entries::catalogue};

catalogue! {
    /// What is wrong with a question, a rule, a weight or a setting of hygiene.
    HygieneFault, parts {};
    FieldUnknown { name: String, known: String } = "hygiene.field", Usage,
        "There is no field {name}.", "Rules, filters and groups can name {known}.",
        "Name one of these";
    FieldUnmapped { field: String } = "hygiene.field_unmapped", Usage,
        "The field {field} is not mapped.", "What a custom field holds is known only once it is mapped.",
        "Map it with weir fields map, or name another field", server: "Map it under Fields, or name another field";
    FieldLeftOut { field: String } = "hygiene.left_out", Usage,
        "The field {field} is left out by configuration.", "Nothing of it is read, so nothing can be asked about it.",
        "Name another field, or bring it in again with weir integration edit", server: "Name another field, or bring it in again under Configuration";
    RuleLeftOut { rule: String, field: String } = "hygiene.left_out", Usage,
        "The rule \"{rule}\" looks at the field {field}, which is left out by configuration.", "Nothing of it is read, so no issue can be told to miss the rule.",
        "Name another rule, or bring the field in again with weir integration edit", server: "Name another rule, or bring the field in again under Configuration";
    FieldNotReadYet { field: String } = "hygiene.not_read_yet", Conflict,
        "The field {field} has not been read again yet.", "It was left out by configuration, and is known once the next run has come to its end.",
        "Wait for that, or name another field";
    RuleNotReadYet { rule: String, field: String } = "hygiene.not_read_yet", Conflict,
        "The rule \"{rule}\" looks at the field {field}, which has not been read again yet.", "It was left out by configuration, and is known once the next run has come to its end.",
        "Wait for that, or name another rule";
    RuleUnmapped { rule: String, field: String } = "hygiene.field_unmapped", Usage,
        "The rule \"{rule}\" looks at the field {field}, which is not mapped.", "What a custom field holds is known only once it is mapped.",
        "Map it with weir fields map, or change the rule", server: "Map it under Fields, or change the rule";
    RuleOutdated { rule: String, field: String } = "hygiene.rule_outdated", Usage,
        "The rule \"{rule}\" looks at the field {field}, which is read differently now.", "It was mapped anew, and what it holds is not compared like that.",
        "Change the rule, or map the field as it was";
    Operator { field: String, operator: String, holds: String, operators: String } = "hygiene.operator", Usage,
        "\"{operator}\" is not for {field}.", "{field} holds {holds}. It is compared by: {operators}.",
        "Choose one of these";
    Operand { field: String, holds: String, found: String } = "hygiene.value", Usage,
        "{field} is not compared with \"{found}\".", "{field} holds {holds}.",
        "Enter such a value";
    Value { field: String, wanted: String, found: String } = "hygiene.value", Usage,
        "{field} is compared with {wanted}, and \"{found}\" is none.", "Each comparison takes values of one kind.",
        "Enter such a value";
    Category { found: String } = "hygiene.category", Usage,
        "\"{found}\" is no category of statuses.", "Categories are todo, in_progress and done.",
        "Enter one of these";
    NeverMissing { field: String } = "hygiene.never_missing", Usage,
        "{field} is never missing.", "Every issue has one, so no issue could be a miss.",
        "Choose another comparison";
    NoHistory { field: String } = "hygiene.no_history", Usage,
        "{field} has no history.", "How often and when it changed is not known.",
        "Choose another comparison";
    NoValues { field: String } = "hygiene.no_values", Usage,
        "{field} is compared with nothing.", "The comparison takes at least one value.",
        "Enter a value";
    Range { found: String } = "hygiene.range", Usage,
        "{found} is out of range.", "Days are 0 to 36525. Words, characters and entries are 1 or more.",
        "Enter another number";
    TooFew {} = "hygiene.range", Usage,
        "0 is too few.", "Words, characters and entries are counted from 1 on.",
        "Enter 1 or more";
    CompareDays { days: u32, most: u32 } = "hygiene.range", Usage,
        "A comparison with {days} days before cannot be.", "It is with 1 to {most} days before.",
        "Enter another number, or none to compare with nothing";
    GoalsMany { count: u64, most: u64 } = "hygiene.range", Usage,
        "There are {count} goals for one rule.", "There are {most} at most, besides the one for all others.",
        "Leave some of them out";
    NoConditions {} = "hygiene.no_conditions", Usage,
        "The rule says nothing.", "A rule has at least one condition, and states what nobody wants.",
        "Enter a condition, for example: due_date is missing";
    NoName {} = "hygiene.rule_name", Usage,
        "The rule has no name.", "Reports show rules by their names.",
        "Enter a name";
    NameLong { length: u64, most: u64 } = "hygiene.rule_name", Usage,
        "The name has {length} characters.", "Names of rules and reports have {most} characters at most.",
        "Enter a shorter name";
    NameOdd {} = "hygiene.rule_name", Usage,
        "The name has characters that cannot be shown.", "Names are one line of printable characters.",
        "Enter the name again";
    NameTaken { name: String } = "hygiene.name_taken", Conflict,
        "There is a rule \"{name}\" already.", "The rules of an integration have names of their own, in any case of letters.",
        "Enter another name";
    RuleLong { length: u64, most: u64 } = "hygiene.rule_long", Usage,
        "The rule has {length} characters.", "A rule has {most} characters at most.",
        "Make two rules of it";
    RulesMany { most: u64 } = "hygiene.rules_many", Conflict,
        "The integration has {most} rules of its own.", "That is as many as it can have.",
        "Delete one that is not needed";
    RuleUnknown { name: String, known: String } = "hygiene.rule", Usage,
        "There is no rule {name}.", "The rules are {known}.",
        "Name one of these";
    RuleAmbiguous { name: String, rules: String } = "hygiene.rule_ambiguous", Usage,
        "Several rules are called \"{name}\".", "They are {rules}.",
        "Name one of them by its id";
    RuleNone { name: String } = "hygiene.rule_unknown", NotFound,
        "The integration has no rule \"{name}\" of its own.", "It may have been renamed or deleted.",
        "See which there are with weir hygiene rules list", server: "See which there are in the list of rules";
    RuleTwice {} = "hygiene.rule_form", Usage,
        "The rule is given twice.", "It is either words, or conditions with filters.",
        "Leave one of them out";
    Words { after: String, wanted: String, found: String } = "hygiene.words", Usage,
        "The words stop making sense after \"{after}\".", "There {wanted} was to come, and \"{found}\" came.",
        "Correct them; a rule is for example: due_date is missing and age_days is greater than 90 only for type is one of Bug, Task";
    Quotation { text: String } = "hygiene.words", Usage,
        "The quotation {text} does not end.", "What begins with \" ends with \".",
        "Close it; a \" inside is written \\\"";
    Basis { text: String } = "hygiene.basis", Usage,
        "The time basis {text} is not known.", "It is none of all, open, active_sprint, in_progress, backlog, created:DAYS and updated:DAYS.",
        "Choose one of these";
    FilterForm { text: String } = "hygiene.filter", Usage,
        "\"{text}\" is no filter.", "A filter is not FIELD=VALUE, FIELD!=VALUE, FIELD= or words such as type is one of Bug, Task.",
        "Write it like that";
    WeightForm { text: String } = "hygiene.weight", Usage,
        "\"{text}\" is no weight.", "A weight is not RULE=POINTS.",
        "Write it like that, for example idle=20";
    WeightBad { rule: String, weight: String } = "hygiene.weight", Usage,
        "\"{rule}\" cannot have the weight {weight}.", "Weights are 0 to 100, with two decimals at most.",
        "Enter another number";
    WeightsSum { sum: String } = "weights.sum", Usage,
        "Weights add up to {sum}.", "They must add up to 100.",
        "Correct them, or add --scale", api: "Correct them", page: "Scale to 100";
    AskedWeightsSum { sum: String } = "weights.sum", Usage,
        "Weights add up to {sum}.", "They must add up to 100.",
        "Correct them";
    WeightsNone {} = "weights.none", Usage,
        "No rule that is on has a weight.", "A score needs at least one that counts.",
        "Give one of them a weight";
    GoalTwice { which: String } = "hygiene.goal", Usage,
        "Two goals are for {which}.", "Which of them holds could not be told.",
        "Leave one of them out";
    GoalForAll {} = "hygiene.goal", Usage,
        "A goal names no project, type or priority.", "The goal for all others is the number of days beside it.",
        "Name one of these, or leave the goal out";
    GoalForm { text: String } = "hygiene.goal", Usage,
        "\"{text}\" is no goal.", "A goal is not WHICH:DAYS, where WHICH names a project, a type or a priority.",
        "Write it like project=ENG,type=Bug:3";
    NoResponse {} = "hygiene.response", Usage,
        "Nothing counts as a response.", "It is a change of status, a comment or an assignment.",
        "Choose at least one";
    DayForm { text: String } = "hygiene.day", Usage,
        "\"{text}\" is no day.", "A day is not YYYY-MM-DD, or the calendar does not have it.",
        "Write it like 2026-03-04";
    DayAhead { day: String } = "hygiene.day_ahead", Usage,
        "The day {day} is yet to come.", "How it will be then is not known.",
        "Name today or a day before";
    DayOrder { since: String, at: String } = "hygiene.day_order", Usage,
        "{since} is not before {at}.", "Issues come and leave between the end of one day and a later one.",
        "Name an earlier day";
    EmptyWindow {} = "hygiene.window", Usage,
        "The window ends before it begins.", "No issue could be in it.",
        "Turn it round";
    NoGroups { field: String } = "hygiene.groups", Usage,
        "Issues are not put into groups by {field}.", "Groups are made by a value that is kept, such as project, type or assignee.",
        "Choose another field";
    ReportTaken { name: String } = "hygiene.report_taken", Conflict,
        "There is a report \"{name}\" already.", "Reports of one workspace have names of their own, in any case of letters.",
        "Enter another name";
    ReportNone { name: String } = "hygiene.report_unknown", NotFound,
        "There is no report \"{name}\".", "It may have been renamed or deleted.",
        "See which there are with weir hygiene reports list", server: "See which there are in the list of reports";
    ReportOutdated { report: String, integration: String, reason: String } = "hygiene.report_outdated", Conflict,
        "The report \"{report}\" cannot be asked of \"{integration}\".", "{reason}",
        "Change it with weir hygiene reports edit, or map the field as it was", server: "Change the report, or map the field as it was";
    ReportLeftOut { report: String, integration: String, reason: String } = "hygiene.report_outdated", Conflict,
        "The report \"{report}\" cannot be asked of \"{integration}\".", "{reason}",
        "Change it with weir hygiene reports edit, or bring the field in again with weir integration edit", server: "Change the report, or bring the field in again under Configuration";
    ReportNotReadYet { report: String, integration: String, reason: String } = "hygiene.report_not_read_yet", Conflict,
        "The report \"{report}\" cannot be asked of \"{integration}\".", "{reason}",
        "Wait for that, or change the report";
    ReportUnweighed { report: String } = "hygiene.report_unweighed", Conflict,
        "The report \"{report}\" has no score.", "None of its weighted rules is here.",
        "Give weights to others with weir hygiene reports edit", server: "Give weights to others";
    ReportAllGone { report: String } = "hygiene.report_gone", Conflict,
        "All integrations of the report \"{report}\" are gone.", "They were deleted, or are not seen by its workspace any more.",
        "Name others with weir hygiene reports edit --of, or remove it", server: "Choose others, or delete it";
    ReportSomeGone { report: String, left: u64, all: u64 } = "hygiene.report_shrunk", Conflict,
        "The report \"{report}\" asks {left} of its {all} integrations.", "The others were deleted, or are not seen by its workspace any more.",
        "Change it to ask these alone with weir hygiene reports edit --of", server: "Save it anew to ask these alone";
    ReportNoneChosen {} = "hygiene.report_gone", Conflict,
        "No integration is chosen.", "Some that the report asked are gone, so that none does not mean all.",
        "Choose some, or all that are seen there";
    AskedLeftOut { integration: String, reason: String } = "hygiene.left_out", Usage,
        "That cannot be asked of \"{integration}\".", "{reason}",
        "Name other integrations or another field, or bring it in again with weir integration edit", server: "Name other integrations or another field, or bring it in again under Configuration";
    AskedNotThere { integration: String, reason: String } = "hygiene.not_there", Usage,
        "That cannot be asked of \"{integration}\".", "{reason}",
        "Name other integrations, or ask for something else";
    ReportNoName {} = "hygiene.report_name", Usage,
        "The report has no name.", "Reports are found by their names.",
        "Enter a name";
    SettingsNone {} = "hygiene.settings_none", Conflict,
        "There are no settings to forget.", "None were kept here, so that others hold already.",
        "Look at which hold";
    WorkspaceUnmapped { workspace: String, integration: String } = "hygiene.workspace", Conflict,
        "The workspace \"{workspace}\" does not see \"{integration}\".", "Its settings hold for the integrations that are mapped to it.",
        "Choose a workspace that sees it";
}
