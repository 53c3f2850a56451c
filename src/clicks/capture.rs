//! What the edge does for a click: one relaxed add. It runs before the answer is written, so that
//! nothing answered is uncounted.

use super::counter::LinkClicks;
use crate::model::click::Audience;

/// Counts one redirect that is about to be answered.
pub fn redirect(clicks: &LinkClicks, audience: Audience) {
    clicks.add(audience);
}
