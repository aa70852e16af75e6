"""Who guesses links has to wait, and nobody else."""

from dataclasses import dataclass

from bot.runtime.http.rate_limit import MOST, WITHIN, FailureLimiter

HERE, ELSEWHERE = "192.0.2.1", "198.51.100.7"


@dataclass
class Clock:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def fails(limiter: FailureLimiter, address: str, times: int) -> list[bool]:
    return [limiter.is_over(address) for _ in range(times)]


def test_an_address_that_fails_too_often_has_to_wait() -> None:
    assert fails(FailureLimiter(Clock()), HERE, MOST + 1) == [False] * MOST + [True]


def test_it_waits_a_minute_from_its_first_failure_however_often_it_tries() -> None:
    clock = Clock()
    limiter = FailureLimiter(clock)
    fails(limiter, HERE, MOST)
    clock.seconds = WITHIN - 1
    assert limiter.is_over(HERE)
    clock.seconds = WITHIN
    assert not limiter.is_over(HERE)


def test_other_addresses_do_not_wait() -> None:
    limiter = FailureLimiter(Clock())
    fails(limiter, HERE, MOST + 1)
    assert not limiter.is_over(ELSEWHERE)


def test_many_addresses_do_not_clear_the_count_of_a_later_one() -> None:
    limiter = FailureLimiter(Clock())
    for number in range(999):
        limiter.is_over(f"10.0.{number // 256}.{number % 256}")
    fails(limiter, HERE, MOST)
    limiter.is_over(ELSEWHERE)
    assert limiter.is_over(HERE)
