//! The smallest Lambda function in Rust: the baseline for functions that do more.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let handler = async |_: LambdaEvent<Value>| Ok::<_, Error>(json!({ "message": "hello" }));
    lambda_runtime::run(service_fn(handler)).await
}
