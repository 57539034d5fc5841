//! `GET /v1/reports/leads`

use super::links::Parameters;
use super::views::{self, LeadReport, LeadReportFilter, ReportScope};
use crate::accounts::Role;
use crate::app::App;
use crate::auth::{Caller, LeadsRead, MaybeScoped};
use crate::db::{Conn, Day};
use crate::http::{Problem, Query, reply};
use crate::input::Faults;
use crate::leads::{self, UnitSide};
use crate::reports::{self, Asked, Period, ReportBy, Scheme};
use crate::say::{Invalid, Say};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, get};

leads::leads_query! {
    struct GetLeadReportQuery {
        /// What the rows tell apart; without it there is the total alone.
        #[deserr(default)]
        #[param(inline)]
        by: Option<ReportBy>,
    }
}

/// Count leads and what came of them.
///
/// Counts the leads that arrived from `from` to `to` (this year's unless told) and that `GET /v1/leads` lists for you: your
/// organisations' own, an officer's those of the province, an administrator's all. Merged leads are one; what was voided does
/// not count. With `by=event`, `by=campaign` and `by=province` (of today), and in a report about one event or campaign, the
/// values of agreements go by the shares to which they are credited. Each row leads to its leads.
///
/// Without a token: counts of all leads of a calendar year until yesterday, by `province`, `group`, `stars`, `source`,
/// `producer_type` or `month` and without other filters; rows of one to four leads are put together, and counts below
/// five are `null`.
#[utoipa::path(
    tag = "leads",
    params(GetLeadReportQuery),
    security((), ("bearer" = []), ("client" = ["leads.read"])),
    responses((status = 200, description = "The report", body = LeadReport))
)]
#[get("/v1/reports/leads")]
pub async fn get_lead_report(
    req: HttpRequest,
    app: Data<App>,
    by: MaybeScoped<LeadsRead>,
    mut query: Query<GetLeadReportQuery>,
) -> Result<HttpResponse, Problem> {
    let (as_of, today) = (app.world.now(), app.world.today());
    let parameters = parameters(&req);
    let scheme = Scheme { by: query.0.by, units: query.0.units.unwrap_or(UnitSide::Current) };
    let period = match by.caller {
        Some(_) => query.0.period(today),
        None => query.0.public_period(scheme, &parameters, today),
    };
    let period = period.map_err(Problem::invalid_query)?;
    let about = query.0.selection().about(&app.reference, today).map_err(Problem::invalid_query)?;
    let asked = Asked { scheme, period, about };
    let crediting = asked.crediting();
    let (caller, reference) = (by.caller, app.reference.clone());
    let scope = scope(caller.as_ref());
    let count = move |conn: &mut Conn| reports::count(conn, &reference, caller.as_ref(), &asked, as_of);
    let counted = app.db.snapshot(count).await?;
    let (rows, total) = match scope {
        ReportScope::Public => views::public(counted, |key| reports::label(&app.reference, scheme, key)),
        _ => views::inside(counted, &parameters, &crediting, (scheme.by, period)),
    };
    let only = parameters.into_iter().filter(|(name, _)| *name != "units");
    let only = only.map(|(name, value)| (name.to_owned(), value.into())).collect();
    let filter =
        LeadReportFilter { from: period.from, to: period.to, by: scheme.by, units: scheme.units, only };
    reply::private(&req, &LeadReport { as_of, scope, filter, row_count: rows.len(), rows, total })
}

fn scope(caller: Option<&Caller>) -> ReportScope {
    match caller.map(|caller| &caller.role) {
        None => ReportScope::Public,
        Some(Role::Member) => ReportScope::Own,
        Some(Role::Officer { .. }) => ReportScope::Province,
        Some(Role::Admin) => ReportScope::Country,
    }
}

/// The parameters that narrow the report, as they were sent.
fn parameters(req: &HttpRequest) -> Parameters {
    const NARROWING: [&str; 10] = [
        "units",
        "province",
        "former_district",
        "commune",
        "group",
        "stars",
        "event",
        "campaign",
        "source",
        "producer_type",
    ];
    let pairs = form_urlencoded::parse(req.query_string().as_bytes());
    pairs
        .filter_map(|(name, value)| {
            let known = NARROWING.iter().find(|known| **known == name)?;
            Some((*known, value.into_owned()))
        })
        .collect()
}

/// The tables that everybody may read. They do not overlap: from a table by commune and one by province, what is kept back in
/// either could be computed.
const FOR_EVERYBODY: [ReportBy; 6] = [
    ReportBy::Province,
    ReportBy::Group,
    ReportBy::Stars,
    ReportBy::Source,
    ReportBy::ProducerType,
    ReportBy::Month,
];

impl GetLeadReportQuery {
    /// This year until today, unless told.
    fn period(&self, today: Day) -> Result<Period, Faults> {
        leads::in_order(self.from, self.to)?;
        let to = self.to.or(self.from.map(|from| from.max(today))).unwrap_or(today);
        let from = self.from.unwrap_or_else(|| first_of_year(to));
        Ok(Period { from, to })
    }

    /// A calendar year until yesterday.
    fn public_period(&self, scheme: Scheme, narrowed: &Parameters, today: Day) -> Result<Period, Faults> {
        let mut faults = Faults::default();
        for (name, _) in narrowed {
            faults.push([*name], sign_in());
        }
        if scheme.by.is_some_and(|by| !FOR_EVERYBODY.contains(&by)) {
            faults.push(["by"], sign_in());
        }
        let first = first_of_year(self.from.or(self.to).unwrap_or(today));
        let last = first.plus_months(12).plus_days(-1);
        if self.from.is_some_and(|from| from != first) {
            faults.push(["from"], whole_year());
        }
        if self.to.is_some_and(|to| to != last) {
            faults.push(["to"], whole_year());
        }
        faults.into_result()?;
        Ok(Period { from: first, to: last.min(today.plus_days(-1)) })
    }
}

fn first_of_year(day: Day) -> Day {
    Day::constant(day.date().year(), 1, 1)
}

fn sign_in() -> Invalid {
    Invalid::new(
        "sign_in_for_this",
        Say::new(
            "Hãy đăng nhập để dùng tham số này; bảng công khai chỉ theo năm và by=province, group, stars, source, producer_type, month.",
            "Sign in for this; the public tables are of a year, by province, group, stars, source, producer_type or month.",
        ),
    )
}

fn whole_year() -> Invalid {
    Invalid::new(
        "whole_year",
        Say::new(
            "Bảng công khai là của cả năm dương lịch: từ 01-01 đến 12-31 của một năm.",
            "The public tables are of a calendar year: from 01-01 to 12-31 of one year.",
        ),
    )
}
