//! What this process counts about itself, and how Prometheus reads it.
//!
//! | file | what it holds |
//! |---|---|
//! | [`edge`] | answers, connections and latency, one set an edge thread |
//! | [`background`] | loads, claims, flushes and the change log |
//! | [`backup`] | backups by themselves |
//! | [`figures`] | all of it for people |
//! | [`encode`] | all of it as OpenMetrics text |
//!
//! Nothing here has a label whose values a visitor can choose.

pub mod background;
pub mod backup;
pub mod edge;
pub mod encode;
pub mod figures;

pub use background::{CacheMetrics, ClaimOutcome, ClickMetrics, LoadRefusal};
pub use backup::BackupMetrics;
pub use edge::{Answer, Captured, ConnectionEvent, EdgeMetrics, Layer};
pub use encode::{Gauge, Metrics};
pub use figures::{Figures, Times};
