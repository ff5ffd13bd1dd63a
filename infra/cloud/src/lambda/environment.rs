//! The environment of a function's process: what Lambda sets, and nothing of the runner's.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::FunctionSpec;
use super::ids::hex;

/// The whole environment of one process. The function's own variables come last and win.
///
/// `AWS_LAMBDA_INITIALIZATION_TYPE` is left out on purpose: by it a function tells real Lambda,
/// where some settings are refused, from this one.
pub(super) fn of_process(spec: &FunctionSpec, runtime_api: SocketAddr) -> BTreeMap<String, String> {
    let task_root = spec.program.parent().map(|dir| dir.display().to_string());
    let mut variables: BTreeMap<String, String> = [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", spec.name.clone()),
        (
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            spec.memory_mb.to_string(),
        ),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        (
            "AWS_LAMBDA_LOG_GROUP_NAME",
            format!("/aws/lambda/{}", spec.name),
        ),
        (
            "AWS_LAMBDA_LOG_STREAM_NAME",
            format!("local/[$LATEST]{}", hex(32)),
        ),
        ("AWS_REGION", spec.region.clone()),
        ("AWS_DEFAULT_REGION", spec.region.clone()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        (
            "LAMBDA_TASK_ROOT",
            task_root.unwrap_or_else(|| "/var/task".to_owned()),
        ),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime".to_owned()),
        ("_HANDLER", "bootstrap".to_owned()),
        ("LANG", "en_US.UTF-8".to_owned()),
        ("TZ", ":UTC".to_owned()),
        ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    variables.extend(spec.env.iter().cloned());
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(spec: &FunctionSpec) -> BTreeMap<String, String> {
        of_process(spec, SocketAddr::from(([127, 0, 0, 1], 9001)))
    }

    #[test]
    fn a_process_is_told_what_lambda_tells_it() {
        let spec = FunctionSpec::new("article", "/opt/gleaner/bootstrap", "/tmp/log");

        let told = variables(&spec);

        assert_eq!(told["AWS_LAMBDA_RUNTIME_API"], "127.0.0.1:9001");
        assert_eq!(told["AWS_LAMBDA_FUNCTION_NAME"], "article");
        assert_eq!(told["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "128");
        assert_eq!(told["LAMBDA_TASK_ROOT"], "/opt/gleaner");
        assert!(!told.contains_key("AWS_LAMBDA_INITIALIZATION_TYPE"));
    }

    #[test]
    fn the_functions_own_variables_win() {
        let mut spec = FunctionSpec::new("article", "/bin/true", "/tmp/log");
        spec.env = vec![("AWS_REGION".to_owned(), "us-east-2".to_owned())];

        assert_eq!(variables(&spec)["AWS_REGION"], "us-east-2");
    }
}
