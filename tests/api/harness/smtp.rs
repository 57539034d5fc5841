//! A mail server inside the test process: RFC 5321 with 8BITMIME, SMTPUTF8 and AUTH, strict about what it is sent, and
//! with answers that a test can put into its mouth.

use super::letters::Mail;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A message it has taken.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub from: String,
    /// What stood behind the sender: `SMTPUTF8 BODY=8BITMIME`
    pub parameters: String,
    pub to: Vec<String>,
    pub mail: Mail,
}

/// What a test has it say.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Such as `450 4.2.1 later`, and nothing is done.
    Say(String),
    /// Does what is asked, but answers only after a while.
    Late(Duration),
    /// Does what is asked, but hangs up instead of an answer.
    HangUp,
}

#[derive(Default)]
struct State {
    deliveries: Vec<Delivery>,
    /// All lines received outside of messages, of all conversations.
    heard: Vec<String>,
    /// Answers to come: to the first command of that name, `.` being the end of a message.
    script: Vec<(String, Answer)>,
    extensions: Vec<&'static str>,
}

type Shared = Arc<Mutex<State>>;

pub struct SmtpServer {
    address: SocketAddr,
    state: Shared,
    open: Option<Open>,
}

/// A listener and its thread.
struct Open {
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<()>,
}

impl SmtpServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let state = State { extensions: vec!["8BITMIME", "SMTPUTF8"], ..State::default() };
        let state = Arc::new(Mutex::new(state));
        let open = Some(Open::on(listener, &state));
        Self { address, state, open }
    }

    /// Nobody listens there any more.
    pub fn stop(&mut self) {
        let open = self.open.take().expect("it was open");
        open.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        open.thread.join().expect("it stops in order");
    }

    pub fn start_again(&mut self) {
        let listener = TcpListener::bind(self.address).expect("its port is still free");
        self.open = Some(Open::on(listener, &self.state));
    }

    /// For `--mail-url`.
    pub fn url(&self) -> String {
        format!("smtp://{}?tls=none", self.address)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it offers in its answer to EHLO.
    pub fn offer(&self, extensions: &[&'static str]) {
        self.state.lock().expect("no test panics here").extensions = extensions.to_vec();
    }

    /// Its next answer to a command (`RCPT`), or to the end of a message (`.`).
    pub fn answer(&self, command: &str, answer: Answer) {
        self.state.lock().expect("no test panics here").script.push((command.to_owned(), answer));
    }

    pub fn refuse(&self, command: &str, answer: &str) {
        self.answer(command, Answer::Say(answer.to_owned()));
    }

    pub fn heard(&self) -> Vec<String> {
        self.state.lock().expect("no test panics here").heard.clone()
    }

    /// How often it has heard a command.
    pub fn count(&self, command: &str) -> usize {
        self.heard().iter().filter(|line| line.starts_with(command)).count()
    }

    pub fn deliveries(&self) -> Vec<Delivery> {
        self.state.lock().expect("no test panics here").deliveries.clone()
    }

    /// Waits until it has so many.
    pub async fn has_taken(&self, number: usize) -> Vec<Delivery> {
        self.until(|state| state.deliveries.len() >= number, "messages").await;
        let deliveries = self.deliveries();
        assert_eq!(deliveries.len(), number, "{deliveries:?}");
        deliveries
    }

    /// Waits until it has heard a command so often.
    pub async fn has_heard(&self, command: &str, times: usize) {
        let often =
            |state: &State| state.heard.iter().filter(|line| line.starts_with(command)).count() >= times;
        self.until(often, command).await;
    }

    async fn until(&self, there: impl Fn(&State) -> bool, what: &str) {
        let began = Instant::now();
        while !there(&self.state.lock().expect("no test panics here")) {
            assert!(began.elapsed() < Duration::from_secs(15), "too few {what}: {:?}", self.heard());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        if self.open.is_some() {
            self.stop();
        }
    }
}

impl Open {
    fn on(listener: TcpListener, state: &Shared) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, state) = (stop.clone(), state.clone());
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (stream, state) = (stream.expect("a connection"), state.clone());
                std::thread::spawn(move || Conversation::new(stream, state).hold());
            }
        });
        Self { stop, thread }
    }
}

/// What one client has said so far.
struct Conversation {
    lines: BufReader<TcpStream>,
    stream: TcpStream,
    state: Shared,
    greeted: bool,
    sender: Option<(String, String)>,
    recipients: Vec<String>,
}

/// It is over.
struct Over;

impl Conversation {
    fn new(stream: TcpStream, state: Shared) -> Self {
        stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout");
        let lines = BufReader::new(stream.try_clone().expect("a second handle"));
        Self { lines, stream, state, greeted: false, sender: None, recipients: Vec::new() }
    }

    fn hold(mut self) {
        let _ = self.talk();
    }

    fn talk(&mut self) -> Result<(), Over> {
        self.reply("220 mail.test ESMTP")?;
        loop {
            let line = self.line()?;
            assert!(line.len() <= 512, "a command of {} bytes", line.len());
            let command = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            self.state.lock().expect("no test panics here").heard.push(line.clone());
            match self.scripted(&command) {
                Some(Answer::Say(answer)) => self.reply(&answer)?,
                other => {
                    let reply = self.act(&command, &line)?;
                    self.reply_as(other, &reply)?;
                }
            }
            if command == "QUIT" {
                return Ok(());
            }
        }
    }

    fn act(&mut self, command: &str, line: &str) -> Result<String, Over> {
        let say = |text: &str| Ok(text.to_owned());
        match command {
            "EHLO" | "HELO" => {
                assert!(line.len() > "EHLO ".len(), "a client without a name");
                self.greeted = true;
                let extensions = self.state.lock().expect("no test panics here").extensions.clone();
                let more: String =
                    extensions.iter().map(|extension| format!("250-{extension}\r\n")).collect();
                Ok(format!("250-mail.test\r\n{more}250 HELP"))
            }
            "AUTH" => say("235 2.7.0 welcome"),
            "MAIL" if !self.greeted => say("503 5.5.1 EHLO first"),
            "MAIL" if self.sender.is_some() => say("503 5.5.1 one at a time"),
            "MAIL" => match path(line, "MAIL FROM:") {
                Some((address, parameters)) => {
                    let utf8 = parameters.split(' ').any(|parameter| parameter == "SMTPUTF8");
                    assert!(utf8 || address.is_ascii(), "{line}");
                    self.sender = Some((address, parameters));
                    say("250 2.1.0 yes")
                }
                None => say("501 5.5.4 MAIL FROM:<address>"),
            },
            "RCPT" => match (path(line, "RCPT TO:"), &self.sender) {
                (_, None) => say("503 5.5.1 MAIL first"),
                (Some((address, _)), Some((_, parameters))) => {
                    assert!(address.is_ascii() || parameters.contains("SMTPUTF8"), "{line}");
                    self.recipients.push(address);
                    say("250 2.1.5 yes")
                }
                (None, _) => say("501 5.5.4 RCPT TO:<address>"),
            },
            "DATA" if self.recipients.is_empty() => say("503 5.5.1 RCPT first"),
            "DATA" => self.message(),
            "RSET" => {
                (self.sender, self.recipients) = (None, Vec::new());
                say("250 2.0.0 forgotten")
            }
            "NOOP" => say("250 2.0.0 well"),
            "VRFY" => say("252 2.1.5 perhaps"),
            "QUIT" => say("221 2.0.0 bye"),
            _ => say("500 5.5.2 what?"),
        }
    }

    /// After DATA: reads the message up to the lone dot, and takes it.
    fn message(&mut self) -> Result<String, Over> {
        self.reply("354 go ahead")?;
        let mut message = String::new();
        loop {
            let line = self.line()?;
            assert!(line.len() <= 998, "a line of {} bytes", line.len());
            if line == "." {
                break;
            }
            message.push_str(line.strip_prefix('.').unwrap_or(&line));
            message.push_str("\r\n");
        }
        let (from, parameters) = self.sender.take().expect("checked by RCPT");
        let to = std::mem::take(&mut self.recipients);
        assert!(message.is_ascii() || parameters.contains("8BITMIME"), "{message}");
        let answer = self.scripted(".");
        if let Some(Answer::Say(refusal)) = answer {
            return Ok(refusal);
        }
        let delivery = Delivery { from, parameters, to, mail: Mail::read(message.as_bytes()) };
        self.state.lock().expect("no test panics here").deliveries.push(delivery);
        if answer.is_some() {
            self.reply_as(answer, "250 2.0.0 taken")?;
            return Ok(String::new());
        }
        Ok("250 2.0.0 taken".to_owned())
    }

    fn scripted(&self, command: &str) -> Option<Answer> {
        let mut state = self.state.lock().expect("no test panics here");
        let at = state.script.iter().position(|(of, _)| of == command)?;
        Some(state.script.remove(at).1)
    }

    fn reply_as(&mut self, answer: Option<Answer>, reply: &str) -> Result<(), Over> {
        match answer {
            Some(Answer::HangUp) => return Err(Over),
            Some(Answer::Late(pause)) => std::thread::sleep(pause),
            _ => {}
        }
        self.reply(reply)
    }

    fn reply(&mut self, text: &str) -> Result<(), Over> {
        if text.is_empty() {
            return Ok(());
        }
        self.stream.write_all(format!("{text}\r\n").as_bytes()).map_err(|_| Over)
    }

    /// A line without its CRLF, which it must have.
    fn line(&mut self) -> Result<String, Over> {
        let mut line = Vec::new();
        let read = self.lines.read_until(b'\n', &mut line).map_err(|_| Over)?;
        if read == 0 {
            return Err(Over);
        }
        let line = String::from_utf8(line).expect("UTF-8 at most");
        let line = line.strip_suffix("\r\n").unwrap_or_else(|| panic!("a line without CRLF: {line:?}"));
        assert!(!line.contains('\r'), "a stray CR: {line:?}");
        Ok(line.to_owned())
    }
}

/// `MAIL FROM:<address> A B` → the address, `A B`
fn path(line: &str, verb: &str) -> Option<(String, String)> {
    let rest = line.strip_prefix(verb)?.strip_prefix('<')?;
    let (address, parameters) = rest.split_once('>')?;
    Some((address.to_owned(), parameters.trim().to_owned()))
}

/// User and password of `AUTH PLAIN <base64>`.
pub fn plain_credentials(line: &str) -> (String, String) {
    let encoded = line.strip_prefix("AUTH PLAIN ").expect("AUTH PLAIN");
    let decoded = BASE64_STANDARD.decode(encoded).expect("base64");
    let decoded = String::from_utf8(decoded).expect("UTF-8");
    let parts: Vec<_> = decoded.split('\0').collect();
    let ["", user, password] = parts.as_slice() else { panic!("{decoded:?}") };
    ((*user).to_owned(), (*password).to_owned())
}
