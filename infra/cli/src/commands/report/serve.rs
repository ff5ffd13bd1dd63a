//! `--watch`: the same page on loopback, made anew whenever it is asked for. Reads only.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cloud::serve::Server;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use store::Store;
use tokio::sync::{mpsc, oneshot};

use super::{collect, show};
use crate::args::ReportArgs;
use crate::failure::advise;
use crate::print;
use crate::signals::Signals;

/// A page is made at most this often, however many ask for it.
const KEPT_FOR: Duration = Duration::from_secs(2);

/// Requests that may wait for a page.
const WAITING_MAX: usize = 64;

type Asked = oneshot::Sender<Result<Arc<str>, String>>;

/// Serves until Ctrl-C.
pub(super) async fn serve(args: &ReportArgs, store: &Store) -> anyhow::Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let listener = tokio::net::TcpListener::bind(address).await;
    let listener = listener.map_err(|error| {
        let error = anyhow::Error::from(error).context(format!("listen on {address}"));
        advise(error, "--port 0 takes any free port")
    })?;
    let address = listener.local_addr()?;
    let (asks, mut asked) = mpsc::channel::<Asked>(WAITING_MAX);
    let service = service_fn(move |request| answer(request, address, asks.clone()));
    let server = Server::start(listener, address, service);
    let url = format!("http://{address}/");
    anstream::println!("{} {url}", print::good("✓"));
    anstream::println!(
        "{}",
        print::faint("  only from this machine, read-only; Ctrl-C ends it.")
    );
    if args.open {
        show::in_browser(&url)?;
    }
    let mut kept: Option<(std::time::Instant, Arc<str>)> = None;
    loop {
        let ask = tokio::select! {
            ask = asked.recv() => ask,
            () = signals.next() => None,
        };
        let Some(ask) = ask else { break };
        let is_fresh = |at: std::time::Instant| runtime::clock::now() - at < KEPT_FOR;
        let page = match &kept {
            Some((at, page)) if is_fresh(*at) => Ok(Arc::clone(page)),
            _ => match collect::page(args, store).await {
                Ok(page) => {
                    let page: Arc<str> = page.html().into();
                    kept = Some((runtime::clock::now(), Arc::clone(&page)));
                    Ok(page)
                }
                Err(error) => Err(format!("{error:#}")),
            },
        };
        if ask.send(page).is_err() {
            tracing::debug!("whoever asked for the page is gone");
        }
    }
    server.stop().await;
    Ok(ExitCode::SUCCESS)
}

async fn answer(
    request: Request<Incoming>,
    address: SocketAddr,
    asks: mpsc::Sender<Asked>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if let Err((status, words)) = admitted(
        request.method(),
        request.uri().path(),
        request.headers(),
        address,
    ) {
        return Ok(response(status, "text/plain; charset=utf-8", words.into()));
    }
    let (ask, page) = oneshot::channel();
    let page = match asks.send(ask).await {
        Ok(()) => page
            .await
            .unwrap_or_else(|_gone| Err("the report has ended".to_owned())),
        Err(_gone) => Err("the report has ended".to_owned()),
    };
    Ok(match page {
        Ok(page) => response(
            StatusCode::OK,
            "text/html; charset=utf-8",
            Bytes::from(page.as_bytes().to_vec()),
        ),
        Err(words) => response(
            StatusCode::SERVICE_UNAVAILABLE,
            "text/plain; charset=utf-8",
            words.into(),
        ),
    })
}

/// Only the page, only to read, and only by an address of this machine: a page elsewhere whose host
/// name leads here is refused.
fn admitted(
    method: &Method,
    path: &str,
    headers: &HeaderMap,
    address: SocketAddr,
) -> Result<(), (StatusCode, &'static str)> {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let port = address.port();
    let ours = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
    if !host.is_some_and(|host| ours.iter().any(|it| it == host)) {
        return Err((
            StatusCode::MISDIRECTED_REQUEST,
            "ask for 127.0.0.1 or localhost\n",
        ));
    }
    if method != Method::GET && method != Method::HEAD {
        return Err((
            StatusCode::METHOD_NOT_ALLOWED,
            "the report can only be read\n",
        ));
    }
    if path != "/" {
        return Err((StatusCode::NOT_FOUND, "the report is at /\n"));
    }
    Ok(())
}

fn response(status: StatusCode, kind: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, header::HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status_of(method: &Method, path: &str, host: &str) -> Option<StatusCode> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().expect("a header"));
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 8_099));
        let refused = admitted(method, path, &headers, address).err();
        refused.map(|(status, _)| status)
    }

    #[test]
    fn the_page_is_read_from_this_machine_and_nothing_else_is_answered() {
        let host = "127.0.0.1:8099";

        assert_eq!(status_of(&Method::GET, "/", host), None);
        assert_eq!(status_of(&Method::GET, "/", "localhost:8099"), None);
        let refused = [
            (Method::POST, "/", host, StatusCode::METHOD_NOT_ALLOWED),
            (Method::GET, "/etc/passwd", host, StatusCode::NOT_FOUND),
            (
                Method::GET,
                "/",
                "evil.example:8099",
                StatusCode::MISDIRECTED_REQUEST,
            ),
            (
                Method::GET,
                "/",
                "127.0.0.1:80",
                StatusCode::MISDIRECTED_REQUEST,
            ),
        ];
        for (method, path, host, status) in refused {
            assert_eq!(
                status_of(&method, path, host),
                Some(status),
                "{method} {path} {host}"
            );
        }
    }
}
