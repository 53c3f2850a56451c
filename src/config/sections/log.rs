//! `[log]`: what is logged, and how it looks.

use super::super::reader::Reader;
use crate::telemetry::{self, LogFormat};

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// `[log]`
#[derive(Debug, Clone)]
pub struct LogConfig {
    /// A level or a filter, which [`telemetry::filter`] reads.
    pub level: String,
    /// How lines look.
    pub format: LogFormat,
}

impl LogConfig {
    pub(in super::super) fn read(reader: &mut Reader<'_>) -> Self {
        Self { level: reader.text("log.level", level), format: reader.text("log.format", format) }
    }
}

fn level(text: &str) -> Result<String, String> {
    // The filter's own reader takes a lone word such as `loud` for a module that logs everything.
    let is_level = |word: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word));
    let is_plain = |part: &&str| !part.contains(['=', '[']);
    let is_good = text.split(',').filter(is_plain).all(is_level);
    if is_good && telemetry::filter(text).is_ok() {
        return Ok(text.to_owned());
    }
    Err("is no log level: write error, warn, info, debug, trace, or a filter such as \
         info,carom::cache=debug"
        .to_owned())
}

fn format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("is no form of a log: write text or json".to_owned()),
    }
}
