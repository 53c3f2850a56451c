//! An editor: creates links, changes and deletes them, and checks that the edge knows at once.

use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{Rng, RngExt, SeedableRng};

use crate::attack::Attack;
use crate::table::{Link, LinkError};
use crate::tally::{Kind, with_causes};
use crate::visitor::Visitor;

/// Between two links of one editor: busy, but not a load test of the store's writer.
const PACE: Duration = Duration::from_millis(100);

/// Edits until the attack's time is up, then hands in what it saw and the links it left.
pub(crate) async fn keep_editing(attack: &Attack) {
    let mut visitor = Visitor::new(&attack.edge);
    let mut rng = SmallRng::from_rng(&mut rand::rng());
    let mut kept = Vec::new();
    let mut turn = Instant::now();

    while attack.wait_until(turn).await {
        turn = Instant::now() + PACE;
        match edit_one(attack, &mut visitor, &mut rng).await {
            Ok(link) => kept.extend(link),
            Err(error) => visitor.tally.errors.note(|| with_causes(&error)),
        }
    }

    attack.hand_in(visitor.tally, kept);
}

/// Takes one link through its life. Returns it if it is left, so that its clicks can be checked.
async fn edit_one(
    attack: &Attack,
    visitor: &mut Visitor<'_>,
    rng: &mut impl Rng,
) -> Result<Option<Link>, LinkError> {
    let mut link = Link::create(&attack.admin, attack.table.fresh_target(rng), None).await?;
    visitor.tally.writes.created += 1;
    visitor.expect_redirect(Kind::Edited, &link).await;

    let target = attack.table.fresh_target(rng);
    attack.admin.change_target(&link.id, &target).await?;
    visitor.tally.writes.changed += 1;
    link.target = target;
    visitor.expect_redirect(Kind::Edited, &link).await;

    if rng.random_bool(0.5) {
        return Ok(Some(link));
    }
    attack.admin.delete(&link.id).await?;
    visitor.tally.writes.deleted += 1;
    visitor.expect_absence(Kind::Edited, &link.path).await;
    Ok(None)
}
