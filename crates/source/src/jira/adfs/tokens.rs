//! One token for all requests, and one of them that renews it while the others wait.

use super::answer::Granted;
use crate::Secret;
use std::sync::Arc;
use tokio::sync::Mutex;
use weir_http::ExposeSecret as _;
use weir_model::{Clock, Message};

/// A token is renewed so long before it ends, in milliseconds; one of a short life when a fifth of it is left.
const MARGIN: i64 = 60_000;

/// A token that ADFS has given.
#[derive(Clone)]
pub(in crate::jira) struct Token {
    text: Secret,
    /// Which one it is, counted from the first.
    number: u64,
    /// Whether it took the place of one that was refused before its time.
    is_second: bool,
    /// When it is renewed, and when it ends; both unknown where ADFS does not say.
    until: Option<(i64, i64)>,
}

impl Token {
    pub(in crate::jira) fn secret(&self) -> Secret {
        Secret::from(self.text.expose_secret().to_owned())
    }

    fn has_ended(&self, now: i64) -> bool {
        self.until.is_some_and(|(_, ends_at)| now >= ends_at)
    }

    fn is_fresh(&self, now: i64) -> bool {
        self.until.is_none_or(|(renewed_at, _)| now < renewed_at)
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("number", &self.number).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct State {
    current: Option<Token>,
    given: u64,
    /// Why ADFS refuses: the same question is not put to it again.
    refused: Option<Message>,
}

/// The token of now.
pub(super) struct Tokens {
    clock: Arc<dyn Clock>,
    /// Held while ADFS is asked, so that nobody asks beside.
    state: Mutex<State>,
}

impl Tokens {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// The token of now, or where that ends soon, the one that `ask` gets.
    pub(super) async fn get<F>(&self, ask: impl FnOnce() -> F) -> Result<Token, Message>
    where
        F: Future<Output = Result<Granted, Message>>,
    {
        let mut state = self.state.lock().await;
        let now = self.clock.now().0;
        match state.current.as_ref().filter(|token| token.is_fresh(now)) {
            Some(token) if state.refused.is_none() => Ok(token.clone()),
            _ => self.renew(&mut state, ask, false).await,
        }
    }

    /// The token that took the place of one that was refused, or the one that `ask` gets in its place; `None` where the refused
    /// one was got like that itself: then it is not the token that is to blame.
    pub(super) async fn instead_of<F>(
        &self,
        refused: &Token,
        ask: impl FnOnce() -> F,
    ) -> Result<Option<Token>, Message>
    where
        F: Future<Output = Result<Granted, Message>>,
    {
        let mut state = self.state.lock().await;
        let now = self.clock.now().0;
        match state.current.as_ref().filter(|token| token.number != refused.number) {
            Some(token) if token.is_fresh(now) => return Ok(Some(token.clone())),
            Some(_) => return self.renew(&mut state, ask, false).await.map(Some),
            // It has ended while the request was on its way.
            None if refused.has_ended(now) => return self.renew(&mut state, ask, false).await.map(Some),
            None if refused.is_second => return Ok(None),
            None => {}
        }
        // What was refused is of no use, whatever becomes of the question.
        state.current = None;
        self.renew(&mut state, ask, true).await.map(Some)
    }

    async fn renew<F>(
        &self,
        state: &mut State,
        ask: impl FnOnce() -> F,
        is_second: bool,
    ) -> Result<Token, Message>
    where
        F: Future<Output = Result<Granted, Message>>,
    {
        if let Some(message) = &state.refused {
            return Err(message.clone());
        }
        let asked_at = self.clock.now().0;
        let granted = match ask().await {
            Ok(granted) => granted,
            Err(message) => return self.not_renewed(state, message),
        };
        state.given += 1;
        let until = granted.seconds.map(|seconds| {
            let life = seconds.clamp(1, i64::MAX / 1_000).saturating_mul(1_000);
            let ends_at = asked_at.saturating_add(life);
            (ends_at - MARGIN.min(life / 5), ends_at)
        });
        let token = Token { text: granted.token, number: state.given, is_second, until };
        Ok(state.current.insert(token).clone())
    }

    /// A refusal is remembered. Where ADFS is only away, a token that still holds is used on, and ADFS is asked again when half
    /// of what is left of it is over.
    fn not_renewed(&self, state: &mut State, message: Message) -> Result<Token, Message> {
        if matches!(&message, Message::AdfsFault(fault) if fault.is_final()) {
            state.refused = Some(message.clone());
            return Err(message);
        }
        let now = self.clock.now().0;
        match state.current.as_mut() {
            Some(Token { until: Some((renewed_at, ends_at)), .. }) if now < *ends_at => {
                *renewed_at = now + (*ends_at - now + 1) / 2;
            }
            _ => return Err(message),
        }
        state.current.clone().ok_or(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering::Relaxed};
    use weir_model::{AdfsFault, Millis};

    #[derive(Default)]
    struct Hand(AtomicI64);

    impl Clock for Hand {
        fn now(&self) -> Millis {
            Millis(self.0.load(Relaxed))
        }
    }

    /// ADFS as these tests want it, how often it was asked, and the clock.
    struct Bench {
        tokens: Tokens,
        clock: Arc<Hand>,
        asked: AtomicUsize,
    }

    impl Bench {
        fn new() -> Self {
            let clock = Arc::new(Hand::default());
            Self { tokens: Tokens::new(clock.clone()), clock, asked: AtomicUsize::new(0) }
        }

        async fn grant(&self, seconds: i64) -> Result<Granted, Message> {
            let number = self.asked.fetch_add(1, Relaxed) + 1;
            tokio::task::yield_now().await;
            Ok(Granted { token: Secret::from(format!("token-{number}")), seconds: Some(seconds) })
        }

        async fn fail(&self, fault: AdfsFault) -> Result<Granted, Message> {
            self.asked.fetch_add(1, Relaxed);
            Err(fault.into())
        }

        async fn get(&self) -> Token {
            self.tokens.get(|| self.grant(600)).await.unwrap()
        }

        fn asked(&self) -> usize {
            self.asked.load(Relaxed)
        }
    }

    fn away() -> AdfsFault {
        AdfsFault::Unreachable { host: "adfs".into(), detail: "It is away.".into() }
    }

    #[tokio::test]
    async fn all_who_need_a_token_at_once_share_one_question() {
        let bench = Bench::new();
        let all = futures::future::join_all((0..20).map(|_| bench.get())).await;
        assert!(all.iter().all(|token| token.number == 1) && bench.asked() == 1);
        assert_eq!(all[0].secret().expose_secret(), "token-1");
        assert!(!format!("{:?}", all[0]).contains("token-1"));
    }

    #[tokio::test]
    async fn a_token_is_renewed_before_it_ends_and_by_one_alone() {
        let bench = Bench::new();
        bench.get().await;
        bench.clock.0.store(539_999, Relaxed);
        assert_eq!((bench.get().await.number, bench.asked()), (1, 1));
        bench.clock.0.store(540_000, Relaxed);
        let all = futures::future::join_all((0..20).map(|_| bench.get())).await;
        assert!(all.iter().all(|token| token.number == 2) && bench.asked() == 2);
        let brief = bench.tokens.instead_of(&all[0], || bench.grant(5)).await.unwrap().unwrap();
        assert_eq!(brief.until.unwrap(), (544_000, 545_000), "of a short life a fifth");
    }

    #[tokio::test]
    async fn a_token_that_is_refused_before_its_time_is_renewed_once_for_all_who_met_that() {
        let bench = Bench::new();
        let first = bench.get().await;
        let again = (0..5).map(|_| bench.tokens.instead_of(&first, || bench.grant(600)));
        let all = futures::future::join_all(again).await;
        assert!(all.iter().all(|token| token.as_ref().unwrap().as_ref().unwrap().number == 2));
        assert_eq!(bench.asked(), 2);
        let second = bench.get().await;
        let third = bench.tokens.instead_of(&second, || bench.grant(600)).await.unwrap();
        assert!(third.is_none() && bench.asked() == 2, "it is not the token that is to blame");
        bench.clock.0.store(600_000, Relaxed);
        let third = bench.tokens.instead_of(&second, || bench.grant(600)).await.unwrap();
        assert_eq!(third.unwrap().number, 3, "by then it has ended, and that is no wonder");
        let third = bench.get().await;
        assert!(bench.tokens.instead_of(&third, || bench.grant(600)).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn what_adfs_refuses_is_not_asked_again() {
        let bench = Bench::new();
        let wrong = || AdfsFault::PasswordRefused { account: "me".into(), said: "No.".into() };
        for _ in 0..3 {
            let refused = bench.tokens.get(|| bench.fail(wrong())).await.unwrap_err();
            assert_eq!(refused.id(), "auth.refused");
        }
        assert_eq!(bench.asked(), 1);
    }

    #[tokio::test]
    async fn while_adfs_is_away_a_token_that_holds_is_used_on() {
        let bench = Bench::new();
        assert!(bench.tokens.get(|| bench.fail(away())).await.is_err(), "there is none yet");
        bench.get().await;
        bench.clock.0.store(560_000, Relaxed);
        for _ in 0..3 {
            assert_eq!(bench.tokens.get(|| bench.fail(away())).await.unwrap().number, 1);
        }
        assert_eq!(bench.asked(), 3, "after half of what was left it is asked again, and not before");
        bench.clock.0.store(600_000, Relaxed);
        assert!(bench.tokens.get(|| bench.fail(away())).await.is_err(), "it has ended");
        assert_eq!(bench.get().await.number, 2);
    }
}
