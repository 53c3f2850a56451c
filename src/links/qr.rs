//! QR codes of short URLs: as SVG, for print, and as PNG.

use std::fmt::Write;

use fast_qr::{ECL, QRBuilder, QRCode};

/// Pixels of a side, unless asked otherwise.
pub(super) const SIZE_DEFAULT: u32 = 512;

/// Pixels of a side at least and at most.
pub(super) const SIZES: std::ops::RangeInclusive<u32> = 64..=2048;

/// Modules of quiet around it, unless asked otherwise (ISO/IEC 18004 asks for four).
pub(super) const MARGIN_DEFAULT: u32 = 4;

/// Modules of quiet at most.
pub(super) const MARGIN_MAX: u32 = 16;

/// What it is written as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum QrFormat {
    /// A drawing.
    #[default]
    Svg,
    /// A picture.
    Png,
}

/// How much of it may be damaged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum QrLevel {
    /// 7 %.
    L,
    /// 15 %.
    #[default]
    M,
    /// 25 %.
    Q,
    /// 30 %.
    H,
}

/// How a QR code is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QrStyle {
    /// What it is written as.
    pub format: QrFormat,
    /// How much of it may be damaged.
    pub level: QrLevel,
    /// Pixels of a side.
    pub size: u32,
    /// Modules of quiet around it.
    pub margin: u32,
}

/// Why there is no such code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QrProblem {
    /// No word for a format.
    #[error("`{0}` is no format of a QR code: choose svg or png")]
    Format(String),
    /// No word for a level.
    #[error("`{0}` is no level of a QR code: choose l, m, q or h")]
    Level(String),
    /// A side that is too short or too long.
    #[error("a QR code has a side of {low} to {high} pixels, and {0} were asked for", low = SIZES.start(), high = SIZES.end())]
    Size(u32),
    /// Too much quiet.
    #[error("a QR code has a margin of at most {MARGIN_MAX} modules, and {0} were asked for")]
    Margin(u32),
    /// More modules than pixels.
    #[error("this QR code has {0} modules a side with its margin: ask for a size of at least that")]
    TooSmall(u32),
    /// More text than a QR code holds.
    #[error("the short URL is too long for a QR code of this level: ask for level l")]
    TooLong,
}

impl QrFormat {
    /// The format of this word.
    ///
    /// # Errors
    /// [`QrProblem::Format`].
    pub fn parse(word: &str) -> Result<Self, QrProblem> {
        match word {
            "svg" => Ok(Self::Svg),
            "png" => Ok(Self::Png),
            _ => Err(QrProblem::Format(word.to_owned())),
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
        }
    }
}

impl QrLevel {
    /// The level of this letter.
    ///
    /// # Errors
    /// [`QrProblem::Level`].
    pub fn parse(letter: &str) -> Result<Self, QrProblem> {
        match letter {
            "l" | "L" => Ok(Self::L),
            "m" | "M" => Ok(Self::M),
            "q" | "Q" => Ok(Self::Q),
            "h" | "H" => Ok(Self::H),
            _ => Err(QrProblem::Level(letter.to_owned())),
        }
    }
}

impl QrProblem {
    /// The parameter to blame.
    #[must_use]
    pub const fn parameter(&self) -> &'static str {
        match self {
            Self::Format(_) => "format",
            Self::Level(_) | Self::TooLong => "level",
            Self::Size(_) | Self::TooSmall(_) => "size",
            Self::Margin(_) => "margin",
        }
    }
}

impl Default for QrStyle {
    fn default() -> Self {
        let (format, level) = (QrFormat::default(), QrLevel::default());
        Self { format, level, size: SIZE_DEFAULT, margin: MARGIN_DEFAULT }
    }
}

/// The bytes of a file with the QR code of this text.
///
/// # Errors
/// The style cannot be, or not with so long a text.
pub fn qr_code(text: &str, style: &QrStyle) -> Result<Vec<u8>, QrProblem> {
    if !SIZES.contains(&style.size) {
        return Err(QrProblem::Size(style.size));
    }
    if style.margin > MARGIN_MAX {
        return Err(QrProblem::Margin(style.margin));
    }
    let level = match style.level {
        QrLevel::L => ECL::L,
        QrLevel::M => ECL::M,
        QrLevel::Q => ECL::Q,
        QrLevel::H => ECL::H,
    };
    let code = QRBuilder::new(text).ecl(level).build().map_err(|_| QrProblem::TooLong)?;
    let modules = code.size as u32 + 2 * style.margin;
    match style.format {
        QrFormat::Svg => Ok(svg(&code, style, modules).into_bytes()),
        QrFormat::Png if modules > style.size => Err(QrProblem::TooSmall(modules)),
        QrFormat::Png => Ok(png(&code, style, modules)),
    }
}

/// Each run of dark modules is a rectangle of one path.
fn svg(code: &QRCode, style: &QrStyle, modules: u32) -> String {
    let (size, margin) = (style.size, style.margin);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{size}\" height=\"{size}\" \
         viewBox=\"0 0 {modules} {modules}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{modules}v{modules}H0z\"/><path d=\""
    );
    for row in 0..code.size {
        let mut column = 0;
        while column < code.size {
            let run = (column..code.size).take_while(|&it| code[row][it].value()).count();
            if run > 0 {
                let (x, y) = (column as u32 + margin, row as u32 + margin);
                let _ = write!(svg, "M{x} {y}h{run}v1h-{run}z");
            }
            column += run.max(1);
        }
    }
    svg.push_str("\"/></svg>\n");
    svg
}

/// One bit a pixel, modules as large as go into the side, in its middle.
fn png(code: &QRCode, style: &QrStyle, modules: u32) -> Vec<u8> {
    let side = style.size as usize;
    let scale = side / modules as usize;
    let quiet = (side - code.size * scale) / 2;
    let line_bytes = side.div_ceil(8);
    let module = |pixel: usize| {
        let at = pixel.checked_sub(quiet)? / scale;
        (at < code.size).then_some(at)
    };
    let mut pixels = vec![0xff_u8; line_bytes * side];
    for (y, line) in pixels.chunks_mut(line_bytes).enumerate() {
        let Some(row) = module(y) else { continue };
        for x in 0..side {
            if module(x).is_some_and(|column| code[row][column].value()) {
                line[x / 8] &= !(0x80 >> (x % 8));
            }
        }
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, style.size, style.size);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&pixels));
    written.expect("memory takes every byte");
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://s.example/caf%C3%A9";

    /// The dark modules that a text should have.
    fn wanted(level: ECL) -> Vec<Vec<bool>> {
        let code = QRBuilder::new(URL).ecl(level).build().expect("a code");
        (0..code.size).map(|row| (0..code.size).map(|it| code[row][it].value()).collect()).collect()
    }

    #[test]
    fn a_picture_has_the_modules_of_the_text() {
        let style = QrStyle { format: QrFormat::Png, size: 301, ..QrStyle::default() };
        let file = qr_code(URL, &style).expect("a picture");
        let mut reader = png::Decoder::new(std::io::Cursor::new(&file)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let frame = reader.next_frame(&mut pixels).expect("pixels");
        assert_eq!((frame.width, frame.height), (301, 301));
        let modules = wanted(ECL::M);
        let scale = 301 / (modules.len() + 8);
        let quiet = (301 - modules.len() * scale) / 2;
        let is_dark =
            |x: usize, y: usize| pixels[y * frame.line_size + x / 8] & (0x80 >> (x % 8)) == 0;
        for (row, line) in modules.iter().enumerate() {
            for (column, dark) in line.iter().enumerate() {
                let at = |place: usize| quiet + place * scale + scale / 2;
                assert_eq!(is_dark(at(column), at(row)), *dark, "module {column}, {row}");
            }
        }
        assert!((0..301).all(|x| !is_dark(x, quiet - 1)), "the margin is light");
    }

    #[test]
    fn a_drawing_has_the_modules_of_the_text() {
        let style = QrStyle { level: QrLevel::H, margin: 2, ..QrStyle::default() };
        let file = String::from_utf8(qr_code(URL, &style).expect("a drawing")).expect("text");
        let modules = wanted(ECL::H);
        let mut drawn = vec![vec![false; modules.len()]; modules.len()];
        let path = file.rsplit("d=\"").next().expect("a path");
        for run in path.split('z').filter_map(|run| run.strip_prefix('M')) {
            let (x, rest) = run.split_once(' ').expect("a place");
            let (y, rest) = rest.split_once('h').expect("a row");
            let length: usize =
                rest.split('v').next().and_then(|it| it.parse().ok()).expect("a run");
            let (x, y): (usize, usize) = (x.parse().expect("x"), y.parse().expect("y"));
            drawn[y - 2][x - 2..x - 2 + length].fill(true);
        }
        assert_eq!(drawn, modules);
        let side = modules.len() + 4;
        assert!(file.contains(&format!("viewBox=\"0 0 {side} {side}\"")), "{file}");
    }

    #[test]
    fn what_cannot_be_is_refused_and_says_which_parameter() {
        let style = QrStyle::default();
        for (style, text, parameter) in [
            (QrStyle { size: 63, ..style }, URL, "size"),
            (QrStyle { size: 2049, ..style }, URL, "size"),
            (QrStyle { margin: 17, ..style }, URL, "margin"),
            (
                QrStyle { size: 64, format: QrFormat::Png, level: QrLevel::H, margin: 16 },
                URL,
                "size",
            ),
            (QrStyle { level: QrLevel::H, ..style }, &"x".repeat(2_000), "level"),
        ] {
            let problem = qr_code(text, &style).expect_err(parameter);
            assert_eq!(problem.parameter(), parameter, "{problem}");
        }
        assert!(QrFormat::parse("gif").is_err() && QrLevel::parse("x").is_err());
    }
}
