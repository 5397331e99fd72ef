//! A site whose people mean ill: wherever somebody may write a text, it is one that other programs could take for markup, a
//! formula or an order to a terminal.

use super::{World, WorldSpec, fields::Field};

/// What every text begins with: a formula, the ends of an attribute and a tag, markup that runs, an order that paints a
/// terminal red, and a mark that turns the rest of a line around.
pub(crate) const HOSTILE: &str =
    "=1+1\"'><script>window.inert=0</script><img/src=x/onerror=window.inert=0>\u{1b}[31m\u{202e}";

/// A text as it is on such a site.
pub(crate) fn text(spec: &WorldSpec, text: String) -> String {
    if spec.hostile { format!("{HOSTILE}{text}") } else { text }
}

/// Gives everything that an administrator names such a name.
pub(super) fn names(world: &mut World) {
    if !world.spec.hostile {
        return;
    }
    let spoil = |name: &mut String| name.insert_str(0, HOSTILE);
    world.projects.iter_mut().for_each(|one| spoil(&mut one.name));
    world.versions.iter_mut().for_each(|one| spoil(&mut one.name));
    world.components.iter_mut().for_each(|one| spoil(&mut one.name));
    world.boards.iter_mut().for_each(|one| spoil(&mut one.name));
    world.sprints.iter_mut().for_each(|one| spoil(&mut one.name));
    world.groups.iter_mut().for_each(|one| one.name = spoilt(one.name));
    // Fields of story points are known by their names alone.
    let is_own =
        |field: &&mut Field| field.id.starts_with("customfield_") && !field.name.starts_with("Story ");
    world.fields.iter_mut().filter(is_own).for_each(|one| spoil(&mut one.name));
    let catalog = &mut world.catalog;
    catalog.statuses.iter_mut().for_each(|one| spoil(&mut one.name));
    catalog.types.iter_mut().for_each(|one| one.name = spoilt(one.name));
    catalog.priorities.iter_mut().for_each(|one| one.name = spoilt(one.name));
    catalog.resolutions.iter_mut().for_each(|one| one.name = spoilt(one.name));
    catalog.levels.iter_mut().for_each(|one| one.name = spoilt(one.name));
    for one in &mut catalog.link_types {
        (one.name, one.inward, one.outward) = (spoilt(one.name), spoilt(one.inward), spoilt(one.outward));
    }
}

/// The names of a catalog live as long as the program, and there are few.
fn spoilt(name: &str) -> &'static str {
    Box::leak(format!("{HOSTILE}{name}").into_boxed_str())
}
