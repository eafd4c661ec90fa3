//! A service of one's own: it greets whoever asks. See docs/adding-a-service.md.

mod messages;

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;

use bytes::Bytes;
use koinos_rpc::{Contract, ErrorStatus, MALFORMED_REQUEST, answer};
use koinos_service::{BasedirRoot, Bus, Context, Fatal, Info, Service, processors};

use messages::{Call, MyContract, MyMethodRequest, MyMethodResponse, Reply};

/// The service's own options, as flags and as keys of `my_service` in `config.yml`.
#[derive(clap::Args)]
struct Options {
    /// What to greet with
    #[arg(long, value_name = "TEXT", default_value = "Hello")]
    greeting: String,
}

struct MyService {
    greeting: String,
}

impl Service for MyService {
    type Options = Options;

    const INFO: Info = Info {
        name: MyContract::NAME,
        title: "My Service",
        about: "Greets whoever asks",
        version: env!("CARGO_PKG_VERSION"),
        basedir_root: BasedirRoot::Home,
        default_jobs: processors,
        min_jobs: 1,
    };

    fn open(options: Options, _context: &Context) -> Result<Self, Fatal> {
        Ok(Self { greeting: options.greeting })
    }

    async fn start(self: Arc<Self>, context: Context, bus: Bus) -> Result<(), Fatal> {
        bus.serve(Self::INFO.name, context.jobs(), move |request| {
            std::future::ready(self.answer(request))
        });
        Ok(())
    }
}

impl MyService {
    fn answer(&self, request: Bytes) -> Bytes {
        let malformed = |_| ErrorStatus::new(MALFORMED_REQUEST);
        answer::<MyContract>(request, malformed, |call| match call {
            Some(Call::MyMethod(request)) => self.my_method(request),
            Some(Call::Reserved(reserved)) => Reply::Reserved(reserved),
            None => MyContract::error(ErrorStatus::new("unknown request").build()),
        })
    }

    fn my_method(&self, request: MyMethodRequest) -> Reply {
        if request.account.is_empty() {
            return MyContract::error(ErrorStatus::new("whom shall I greet?").build());
        }
        let greeting = format!("{}, account of {} bytes", self.greeting, request.account.len());
        let visits = HashMap::from([("before".to_owned(), request.visits)]);
        Reply::MyMethod(MyMethodResponse { greeting, visits })
    }
}

fn main() -> ExitCode {
    koinos_service::run::<MyService>()
}
