//! Measuring equipment: the web framework by itself, with nothing of ours around it.
//!
//! A throughput says little without the machine it was had on. `serve --hello-listen ADDR` (hidden from `--help`) starts
//! this bare server in the service's own process, with the same allocator, number of workers and connection settings.
//! `scripts/load` loads both in turns and prints the service's figures as ratios to these:
//!
//! * `GET /hello`: 13 bytes that never change: the ceiling.
//! * `GET /hello/{id}`: the same with a parameter in the path, as a product's address has one.
//! * `GET /hello/long`: as many bytes as a product's page has: what the kernel takes for them.

use actix_web::dev::Server;
use actix_web::{App as Actix, HttpRequest, HttpServer, get, web};
use std::net::TcpListener;
use std::time::Duration;

const GREETING: &str = "Hello, world!";

#[get("/hello")]
async fn hello() -> &'static str {
    GREETING
}

static LONG: [u8; 2_200] = [b'x'; 2_200];

#[get("/hello/long")]
async fn hello_long() -> web::Bytes {
    web::Bytes::from_static(&LONG)
}

#[get("/hello/{id}")]
async fn hello_id(req: HttpRequest) -> &'static str {
    if req.match_info().query("id").is_empty() { "" } else { GREETING }
}

/// Starts the bare server. It ends with the process: whoever spawns it waits for the real one.
pub fn serve(listener: TcpListener, workers: Option<u16>) -> std::io::Result<Server> {
    let mut server = HttpServer::new(|| Actix::new().service(hello).service(hello_long).service(hello_id))
        .tcp_nodelay(true)
        .keep_alive(Duration::from_secs(75))
        .client_request_timeout(Duration::from_secs(10))
        .disable_signals();
    if let Some(workers) = workers {
        server = server.workers(usize::from(workers));
    }
    Ok(server.listen(listener)?.run())
}
