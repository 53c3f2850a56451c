//! `carom link qr`

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::arguments::Which;
use super::pick;
use crate::cli::opened::Opened;
use crate::links::{QrFormat, QrLevel, QrProblem, QrStyle, qr_code};

#[derive(Args)]
pub(super) struct QrArguments {
    #[command(flatten)]
    which: Which,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// svg or png [default: as the file's name ends, or svg]
    #[arg(long, value_parser = QrFormat::parse)]
    format: Option<QrFormat>,
    /// How much of it may be damaged: l, m, q or h [default: m]
    #[arg(long, value_parser = QrLevel::parse)]
    level: Option<QrLevel>,
    /// Pixels of a side [default: 512]
    #[arg(long, value_name = "PIXELS")]
    size: Option<u32>,
    /// Modules of quiet around it [default: 4]
    #[arg(long, value_name = "MODULES")]
    margin: Option<u32>,
}

pub(super) async fn run(opened: &Opened, arguments: &QrArguments) -> anyhow::Result<()> {
    let link = pick::link(opened, &arguments.which).await?;
    let short_url = opened.short_urls.of(&opened.domains.table(), link.domain, &link.code);
    let file = qr_code(&short_url, &arguments.style()?)?;
    match &arguments.output {
        Some(path) => {
            fs::write(path, file).with_context(|| format!("cannot write {}", path.display()))
        }
        None => Ok(io::stdout().lock().write_all(&file)?),
    }
}

impl QrArguments {
    fn style(&self) -> Result<QrStyle, QrProblem> {
        let ending = self.output.as_deref().and_then(Path::extension).and_then(|it| it.to_str());
        let usual = QrStyle::default();
        Ok(QrStyle {
            format: match (self.format, ending) {
                (Some(format), _) => format,
                (None, Some(ending)) => QrFormat::parse(&ending.to_ascii_lowercase())?,
                (None, None) => usual.format,
            },
            level: self.level.unwrap_or(usual.level),
            size: self.size.unwrap_or(usual.size),
            margin: self.margin.unwrap_or(usual.margin),
        })
    }
}
