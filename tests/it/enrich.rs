//! What is found out about a click: agents, places, texts.

mod agents;
mod fixture;
mod places;
mod texts;
