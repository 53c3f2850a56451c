//! One request, from its head to its answer. Decides here; the stations only do their part.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use hyper::Request;
use hyper::header::HeaderValue;

use super::claim;
use super::connection::Peer;
use super::decide::{Verdict, verdict};
use super::head::Head;
use super::resolve::Missed;
use super::respond::{self, Reply};
use super::route::{self, Refusal};
use super::worker::Worker;
use super::{form, preview, told};
use crate::cache::domains::DomainTable;
use crate::cache::key::LinkKeyRef;
use crate::cache::link::CachedLink;
use crate::cache::plan::Plan;
use crate::cache::{Claimed, Loaded, Peek};
use crate::clicks::capture::Visitor;
use crate::metrics::{Answer, Layer};
use crate::model::id::DomainId;
use crate::model::time::Millis;

/// An answer that is there, or a load or a claim that will bring it. Only the second allocates.
pub enum Answering {
    /// It is there.
    Ready(Option<Reply>),
    /// The store is asked.
    Loading(Pin<Box<dyn Future<Output = Reply>>>),
    /// A form came, and whoever has its body answers it: `form::receive`.
    Posted,
}

impl Future for Answering {
    type Output = Result<Reply, std::convert::Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut *self {
            Self::Ready(reply) => {
                Poll::Ready(Ok(reply.take().expect("polled once after it ended")))
            }
            Self::Loading(load) => load.as_mut().poll(cx).map(Ok),
            Self::Posted => Poll::Ready(Ok(respond::refused(route::Refusal::Method))),
        }
    }
}

/// Answers a request of this peer.
pub fn answer<B>(worker: &Rc<Worker>, request: &Request<B>, peer: Peer) -> Answering {
    let began = worker.metrics.wants_sample().then(Instant::now);
    let domains = worker.domains.table();
    let head = Head::read(request.headers());
    let route = match route::read(request, &head, &domains) {
        Ok(route) => route,
        Err(Refusal::Method) if form::is_one(request) => return Answering::Posted,
        Err(refusal) => return Answering::Ready(Some(refused(worker, &domains, refusal))),
    };
    let address = worker.client(peer, request.headers());
    let visitor = head.visitor(request, address);
    let query = request.uri().query();
    let key = LinkKeyRef { domain: route.domain, code: &route.code };
    match worker.front.borrow_mut().peek(key, worker.coarse_now()) {
        Peek::Hit(link) => {
            let answering = follow(worker, link, &visitor, query);
            worker.metrics.resolved(Layer::Hit);
            if let Some(began) = began {
                worker.metrics.hit_took(began.elapsed());
            }
            answering
        }
        Peek::Absent if route.code.ends_with(preview::MARK) => {
            let (worker, missed) = (Rc::clone(worker), Missed::new(route, &visitor, query));
            Answering::Loading(Box::pin(async move { absent(&worker, &missed).await }))
        }
        Peek::Absent => {
            worker.metrics.resolved(Layer::Absent);
            Answering::Ready(Some(unknown(worker, &domains, route.domain)))
        }
        Peek::Miss if !worker.may_miss(key, address) => {
            ready(worker, Answer::Limited, respond::too_many())
        }
        Peek::Miss => {
            let (worker, missed) = (Rc::clone(worker), Missed::new(route, &visitor, query));
            Answering::Loading(Box::pin(async move { load(&worker, &missed).await }))
        }
    }
}

async fn load(worker: &Rc<Worker>, missed: &Missed) -> Reply {
    let began = Instant::now();
    let reply = match missed.load(&worker.cache).await {
        Loaded::Found(link) => {
            let query = missed.query.as_deref();
            let Ok(reply) = follow(worker, &link, &missed.visitor.get(), query).await;
            reply
        }
        Loaded::Absent => absent(worker, missed).await,
        Loaded::Unavailable => counted(worker, Answer::Unavailable, respond::unavailable()),
    };
    worker.metrics.resolved(Layer::Load);
    worker.metrics.load_took(began.elapsed());
    reply
}

/// Answers for a code that is none, which may ask for the preview of another.
async fn absent(worker: &Rc<Worker>, missed: &Missed) -> Reply {
    match missed.previewed() {
        Some(previewed) => preview::answer(worker, &previewed).await,
        None => unknown(worker, &worker.domains.table(), missed.domain),
    }
}

/// Answers for a link that is known.
fn follow(
    worker: &Rc<Worker>,
    link: &Arc<CachedLink>,
    visitor: &Visitor<'_>,
    query: Option<&str>,
) -> Answering {
    match verdict(&link.plan, Millis::now) {
        Verdict::Redirect => Answering::Ready(Some(redirect(worker, link, visitor))),
        Verdict::Claim(limits) => {
            let claiming = claim::ask(&worker.cache, limits, visitor);
            let (worker, link) = (Rc::clone(worker), Arc::clone(link));
            let visitor = visitor.to_waiting();
            Answering::Loading(Box::pin(async move {
                match claiming.await {
                    Claimed::Granted => redirect(&worker, &link, &visitor.get()),
                    Claimed::Exhausted => over(&worker, &link, &visitor.get()),
                    Claimed::Unavailable => {
                        counted(&worker, Answer::Unavailable, respond::unavailable())
                    }
                }
            }))
        }
        Verdict::Gone => Answering::Ready(Some(over(worker, link, visitor))),
        Verdict::Told(terms) => told::follow(worker, link, terms, visitor, query),
    }
}

/// Answers for a link that is over: with its own fallback target, or its domain's for such links, which
/// counts as a click of the link; or with the page that says so.
pub(super) fn over(worker: &Worker, link: &CachedLink, visitor: &Visitor<'_>) -> Reply {
    let own = match &link.plan {
        Plan::Told(terms) => terms.fallback.clone(),
        _ => None,
    };
    let domains = worker.domains.table();
    let of_domain = || domains.pages(link.domain()).and_then(|pages| pages.expired.clone());
    let Some(location) = own.or_else(of_domain) else {
        return counted(worker, Answer::Gone, respond::gone());
    };
    let reply = counted(worker, Answer::Redirect, respond::found(location));
    worker.capture(link, visitor);
    reply
}

/// Answers for a code that is none on this domain.
fn unknown(worker: &Worker, domains: &DomainTable, domain: DomainId) -> Reply {
    let location = domains.pages(domain).and_then(|pages| pages.not_found.clone());
    by_domain(worker, location)
}

/// Answers a request that asks for no code.
fn refused(worker: &Worker, domains: &DomainTable, refusal: Refusal) -> Reply {
    match refusal {
        Refusal::NoCode(domain) => unknown(worker, domains, domain),
        Refusal::Root(domain) => {
            by_domain(worker, domains.pages(domain).and_then(|pages| pages.root.clone()))
        }
        Refusal::UnknownHost => counted(worker, Answer::NotFound, respond::refused(refusal)),
        _ => counted(worker, Answer::Refused, respond::refused(refusal)),
    }
}

/// With a target of the domain, or without one with the page that says that nothing is there.
fn by_domain(worker: &Worker, location: Option<HeaderValue>) -> Reply {
    match location {
        Some(location) => counted(worker, Answer::SentOn, respond::found(location)),
        None => counted(worker, Answer::NotFound, respond::not_found()),
    }
}

/// Redirects, and captures the click.
fn redirect(worker: &Worker, link: &CachedLink, visitor: &Visitor<'_>) -> Reply {
    let reply = counted(worker, Answer::Redirect, respond::redirect(link));
    // Last: an atomic step after it, as sharing the link's `Location` is one, would wait until the
    // record has reached the memory of the journal.
    worker.capture(link, visitor);
    reply
}

pub(super) fn ready(worker: &Worker, answer: Answer, reply: Reply) -> Answering {
    Answering::Ready(Some(counted(worker, answer, reply)))
}

pub(super) fn counted(worker: &Worker, answer: Answer, reply: Reply) -> Reply {
    worker.metrics.answered(answer);
    reply
}
