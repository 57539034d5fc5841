//! The import on the command line: progress on stderr, the report on stdout, one line a row.

use super::report::{ImportCounts, Line, Outcome, Remark, Report, Standing};
use super::{Claimed, ImportError, Scope, read, run};
use crate::certification::By;
use crate::db::Conn;
use crate::reference::Reference;
use crate::world::World;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

/// Rows between two signs of life where there is no terminal for a bar.
const NOW_AND_THEN: usize = 5_000;

/// Imports a file and prints what came of it. Returns the exit code: 0 if every row was taken, 1 if some were rejected
/// or asked about or the database failed, 2 if the file cannot be read.
pub fn command(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    path: &Path,
    limit: usize,
    dry_run: bool,
) -> u8 {
    let scope = Scope { by: By::operator(), dry_run };
    match import(conn, world, reference, path, limit, &scope) {
        Ok(report) => {
            // Whoever closed the pipe has seen enough; the rows are in the database all the same.
            let _ = print(&report, dry_run, &mut io::stdout().lock());
            let counts = report.counts();
            u8::from(counts.rejected + counts.questions > 0)
        }
        Err(error) => {
            let say = error.say();
            let name = path.display();
            let _ = writeln!(io::stderr(), "{name}: {}\n{name}: {}", say.vi, say.en);
            if let Some(cause) = error.cause() {
                let _ = writeln!(io::stderr(), "({cause})");
            }
            if matches!(error, ImportError::Db(_)) { 1 } else { 2 }
        }
    }
}

fn import(
    conn: &mut Conn,
    world: &World,
    reference: &Reference,
    path: &Path,
    limit: usize,
    scope: &Scope,
) -> Result<Report, ImportError> {
    let rows = read(File::open(path)?, limit, Claimed::by_name(path))?;
    let (total, bar) = (rows.len(), progress_bar(rows.len()));
    let report = run(conn, world, reference, &rows, scope, |done| match &bar {
        Some(bar) => bar.set_position(u64::try_from(done).unwrap_or_default()),
        None if done % NOW_AND_THEN == 0 => {
            let _ = writeln!(io::stderr(), "{done}/{total}");
        }
        None => {}
    });
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    report
}

fn progress_bar(rows: usize) -> Option<ProgressBar> {
    if !io::stderr().is_terminal() {
        return None;
    }
    let length = u64::try_from(rows).ok();
    let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} ({eta})") {
        bar.set_style(style);
    }
    Some(bar)
}

fn print(report: &Report, dry_run: bool, out: &mut impl Write) -> io::Result<()> {
    for line in &report.lines {
        print_line(line, out)?;
    }
    if dry_run {
        writeln!(out, "Chạy thử: không ghi gì. / Dry run: nothing was written.")?;
    }
    let ImportCounts {
        rows,
        created,
        updated,
        unchanged,
        rejected,
        questions,
        valid,
        expiring,
        extended,
        expired,
        revoked,
        superseded,
        unverified,
    } = report.counts();
    let (row, question) = (plural(rows, "row", "rows"), plural(questions, "question", "questions"));
    writeln!(
        out,
        "{rows} dòng: {created} mới, {updated} cập nhật, {unchanged} không đổi, {rejected} từ chối, {questions} cần hỏi. \
         Hiện nay: {valid} còn hạn, {expiring} sắp hết hạn, {extended} gia hạn, {expired} hết hạn, {revoked} thu hồi, \
         {superseded} đã thay thế, {unverified} chưa xác minh (không công khai).\n\
         {rows} {row}: {created} created, {updated} updated, {unchanged} unchanged, {rejected} rejected, {questions} \
         {question}. Today: {valid} valid, {expiring} expiring, {extended} extended, {expired} expired, {revoked} revoked, \
         {superseded} superseded, {unverified} unverified (not public)."
    )?;
    out.flush()
}

fn plural<'a>(count: usize, one: &'a str, more: &'a str) -> &'a str {
    if count == 1 { one } else { more }
}

fn print_line(line: &Line, out: &mut impl Write) -> io::Result<()> {
    let outcome = match line.outcome {
        Outcome::Created => "mới",
        Outcome::Unchanged => "không đổi",
        Outcome::Updated => "cập nhật",
        Outcome::Rejected => "TỪ CHỐI",
        Outcome::Question => "CẦN HỎI",
    };
    let standing = match line.standing {
        None => "",
        Some(Standing::Valid) => "còn hạn",
        Some(Standing::Expiring) => "sắp hết hạn",
        Some(Standing::Extended) => "gia hạn",
        Some(Standing::Expired) => "hết hạn",
        Some(Standing::Revoked) => "đã thu hồi",
        Some(Standing::Superseded) => "đã thay thế",
        Some(Standing::Unverified) => "chưa xác minh",
    };
    write!(out, "dòng {:>5}  {outcome:<9}  {standing:<13}  {}", line.line, printable(&line.product_name))?;
    if let Some(until) = line.in_force_until {
        write!(out, " (đến {until})")?;
    }
    for remark in line.faults.iter().chain(&line.notes) {
        print_remark(remark, out)?;
    }
    writeln!(out)
}

fn print_remark(remark: &Remark, out: &mut impl Write) -> io::Result<()> {
    write!(out, " | ")?;
    if let Some(column) = remark.column {
        write!(out, "{}", column.as_str())?;
        if let Some(value) = &remark.value {
            write!(out, " “{}”", printable(value))?;
        }
        write!(out, ": ")?;
    }
    write!(out, "{}", remark.say.vi)?;
    if let Some(other) = remark.line {
        write!(out, " (dòng {other})")?;
    }
    write!(out, " [{}]", remark.code)
}

/// On one line, and nothing the terminal would take for an order.
fn printable(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}
