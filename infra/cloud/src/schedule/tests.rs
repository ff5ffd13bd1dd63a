//! The schedule on a paused clock.

use std::sync::Mutex;

use serde_json::Value;

use super::*;
use crate::lambda::InvocationResult;

/// A function that takes its time and notes when it was invoked.
#[derive(Clone)]
struct Function {
    time: Duration,
    begun: Arc<Mutex<Vec<Duration>>>,
    from: std::time::Instant,
}

impl Function {
    fn taking(seconds: u64) -> Self {
        Self {
            time: Duration::from_secs(seconds),
            begun: Arc::default(),
            from: clock::now(),
        }
    }

    fn seconds(&self) -> Vec<u64> {
        self.begun
            .lock()
            .unwrap()
            .iter()
            .map(Duration::as_secs)
            .collect()
    }
}

impl Target for Function {
    async fn invoke(&self, payload: Bytes) -> Invocation {
        self.begun.lock().unwrap().push(clock::now() - self.from);
        tokio::time::sleep(self.time).await;
        Invocation {
            request_id: String::new(),
            result: InvocationResult::Success(payload),
            duration: self.time,
            cold: false,
        }
    }
}

fn minutely() -> ScheduleOptions {
    ScheduleOptions::new("due", Duration::from_secs(60))
}

fn start(options: ScheduleOptions, function: &Function) -> (Schedule, Arc<Mutex<usize>>) {
    let ended = Arc::new(Mutex::new(0));
    let counts = Arc::clone(&ended);
    let observer: ScheduleObserver = Arc::new(move |_| *counts.lock().unwrap() += 1);
    (Schedule::start(options, function.clone(), observer), ended)
}

#[tokio::test(start_paused = true)]
async fn it_fires_at_once_and_then_at_its_period() {
    let function = Function::taking(1);
    let (schedule, ended) = start(minutely(), &function);

    tokio::time::sleep(Duration::from_secs(150)).await;
    schedule.stop(Duration::ZERO).await;

    assert_eq!(function.seconds(), [0, 60, 120]);
    assert_eq!(*ended.lock().unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_slow_function_never_overlaps_itself_unless_asked() {
    for (overlapping, expected) in [(false, vec![0, 90, 180]), (true, vec![0, 60, 120, 180])] {
        let function = Function::taking(90);
        let options = ScheduleOptions {
            overlapping,
            ..minutely()
        };
        let (schedule, _ended) = start(options, &function);

        tokio::time::sleep(Duration::from_secs(200)).await;
        schedule.stop(Duration::ZERO).await;

        assert_eq!(function.seconds(), expected, "overlapping: {overlapping}");
    }
}

#[tokio::test(start_paused = true)]
async fn it_fires_outside_its_period_when_told_to() {
    let function = Function::taking(1);
    let (schedule, _ended) = start(minutely(), &function);
    tokio::time::sleep(Duration::from_secs(20)).await;

    schedule.fire();
    tokio::time::sleep(Duration::from_secs(20)).await;

    schedule.stop(Duration::ZERO).await;
    assert_eq!(function.seconds(), [0, 20]);
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_the_firing_at_work_no_longer_than_it_may() {
    for (drain, finished) in [(40, 1), (10, 0)] {
        let function = Function::taking(30);
        let (schedule, ended) = start(minutely(), &function);
        tokio::time::sleep(Duration::from_secs(5)).await;

        schedule.stop(Duration::from_secs(drain)).await;

        assert_eq!(function.seconds(), [0]);
        assert_eq!(*ended.lock().unwrap(), finished);
    }
}

#[test]
fn without_an_input_the_event_is_schedulers_own() {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_250);

    let payload = minutely().payload(at, "d1e8");

    let event: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(
        event,
        json!({
            "version": "0",
            "id": "d1e8",
            "detail-type": "Scheduled Event",
            "source": "aws.scheduler",
            "account": "123456789012",
            "time": "2023-11-14T22:13:20Z",
            "region": "eu-west-1",
            "resources": ["arn:aws:scheduler:eu-west-1:123456789012:schedule/default/due"],
            "detail": "{}",
        })
    );
}

#[test]
fn an_input_has_its_context_attributes_filled_in() {
    let input = r#"{"at":"<aws.scheduler.scheduled-time>","id":"<aws.scheduler.execution-id>"}"#;
    let options = ScheduleOptions {
        input: Some(input.to_owned()),
        ..minutely()
    };

    let payload = options.payload(SystemTime::UNIX_EPOCH, "d1e8");

    assert_eq!(payload, r#"{"at":"1970-01-01T00:00:00Z","id":"d1e8"}"#);
}
