//! How far a long command is: bars on a terminal, nothing anywhere else.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::backup::{Progress, Told};

/// A bar on standard error, hidden when that is no terminal.
pub(super) fn bar() -> Told {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(8));
    let mut is_of_bytes = None;
    Box::new(move |progress| {
        let (done, of) = match progress {
            Progress::Checking { done, of } => {
                restyle(&bar, &mut is_of_bytes, true);
                bar.set_message("checking");
                (done, of)
            }
            Progress::Rows { table, done, of } => {
                restyle(&bar, &mut is_of_bytes, false);
                bar.set_message(table.to_owned());
                (done, of)
            }
        };
        bar.set_length(of);
        bar.set_position(done);
        if done >= of {
            bar.finish_and_clear();
        }
    })
}

fn restyle(bar: &ProgressBar, was: &mut Option<bool>, is_of_bytes: bool) {
    if *was == Some(is_of_bytes) {
        return;
    }
    *was = Some(is_of_bytes);
    let template = if is_of_bytes {
        "{msg:18} {bar:30} {bytes} of {total_bytes}, {eta} left"
    } else {
        "{msg:18} {bar:30} {human_pos} of {human_len} rows, {per_sec}, {eta} left"
    };
    bar.reset();
    bar.set_style(ProgressStyle::with_template(template).expect("a template that is one"));
    bar.enable_steady_tick(Duration::from_millis(250));
}
