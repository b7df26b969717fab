//! The least that a Lambda in Rust can do: the yardstick for all that does more.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let handler = async |_: LambdaEvent<Value>| Ok::<_, Error>(json!({ "message": "hello" }));
    lambda_runtime::run(service_fn(handler)).await
}
