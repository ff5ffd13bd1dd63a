//! How fast the sample site serves its pages, a connection for each.
//!
//! `cargo run --profile local -p cloud --example site_speed -- [PAGES] [CLIENTS]`
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::io;
use std::net::SocketAddr;

use runtime::clock;
use site::{PAGES, Site};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |it| it.parse());
    let (pages, clients) = (number(10_000)?, number(8)?);
    let site = Site::start().await?;
    let started = clock::now();
    let mut tasks = JoinSet::new();
    for client in 0..clients {
        tasks.spawn(fetch(site.address(), client, pages / clients));
    }
    let mut bytes = 0;
    while let Some(read) = tasks.join_next().await {
        bytes += read??;
    }
    let seconds = (clock::now() - started).as_secs_f64();
    let served = site.log().len();
    println!("{served} pages, {bytes} bytes by {clients} clients in {seconds:.2} s");
    site.stop().await;
    Ok(())
}

async fn fetch(address: SocketAddr, client: usize, pages: usize) -> io::Result<usize> {
    let mut bytes = 0;
    for page in PAGES.iter().cycle().skip(client).take(pages) {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET {} HTTP/1.1\r\nhost: {address}\r\n\r\n", page.path);
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::with_capacity(page.body.len() + 512);
        bytes += stream.read_to_end(&mut answer).await?;
    }
    Ok(bytes)
}
