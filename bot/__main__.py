"""`stackspend`: the command line."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from bot import __version__, env_file
from bot.cli import keys, operate, overview, questions, read, sync, telemetry, terminal
from bot.cli.operate import DONE, FAILED
from bot.cli.read import Misused
from bot.errors import Failed
from bot.settings import WrongSettings
from providers.provider import ProviderError
from storage.engine.database import StorageUnavailable
from storage.engine.secrets import WrongSecretKey

MISUSED, INTERRUPTED = 2, 130  # exit statuses: of argparse, and of shells after Ctrl-C


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; returns the exit status: 0 done, 1 failed with one sentence, 2 wrong usage."""
    terminal.take_any_text()
    typed = list(sys.argv[1:] if arguments is None else arguments)
    if typed[:1] in ([], ["help"]):
        parser().print_help(sys.stdout if typed else sys.stderr)
        return DONE if typed else MISUSED
    if not typed[0].startswith("-") and typed[0] not in overview.HELP:
        return _complain(Misused(overview.unknown(typed[0])), MISUSED)
    options = parser().parse_args(typed)
    try:
        if options.verb is not operate.demo:  # which brings all settings of its own
            env_file.load(os.environ)
        verb: Callable[[argparse.Namespace], int] = options.verb
        return verb(options)
    except Misused as error:
        return _complain(error, MISUSED)
    except (Failed, WrongSettings, WrongSecretKey, StorageUnavailable, ProviderError) as error:
        return _complain(error, FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED


def _complain(error: Exception, status: int) -> int:
    terminal.complain(error)
    return status


_PLAIN: dict[str, Callable[[argparse.Namespace], int]] = {
    "web": operate.web,
    "worker": operate.worker,
    "migrate": operate.migrate,
    "rotate-secret": keys.rotate_secret,
}
_ASKING = ("summary", "cost", "models", "engineers", "why", "forecast", "status")


def parser() -> argparse.ArgumentParser:
    """Return the parser of every verb and its options."""
    parser = argparse.ArgumentParser(
        "stackspend",
        usage="stackspend COMMAND [options]    (COMMAND --help says more)",
        description="See what your team spends on Claude.",
        epilog=overview.epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"StackSpend {__version__}")
    verbs = parser.add_subparsers(required=True, metavar="", help=argparse.SUPPRESS, prog="stackspend")
    for name, verb in _PLAIN.items():
        _add(verbs, name).set_defaults(verb=verb)
    running = _add(verbs, "run")
    running.add_argument("--without-slack", action="store_true", help="sync for the command line alone")
    running.set_defaults(verb=operate.run)
    _with_team(_add(verbs, "sync")).set_defaults(verb=sync.sync)
    _about_keys(verbs)
    _add_answers(verbs)
    _add_records(verbs)
    trying = _add(verbs, "demo")
    trying.add_argument("--keep", action="store_true", help="keep it running and print its addresses")
    trying.set_defaults(verb=operate.demo)
    return parser


def _add_answers(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verbs that answer a question."""
    for name in _ASKING:
        asking = _for_reading(_add(verbs, name))
        asking.add_argument("words", nargs="*", help="a period and `by …`, in any order: 2026-10 by model")
        asking.add_argument("--by", default="", help="one or two of: model, engineer, workspace, key, …")
        _with_filters(asking).set_defaults(verb=read.ask, command=name)
    reported = _with_team(_add(verbs, "claude"))
    reported.add_argument("words", nargs="*", help="a period and `by …`, in any order: 7d by repository")
    reported.add_argument(
        "--by", default="", help="model, engineer, product, team, skill, repository, day, …"
    )
    reported.add_argument("--json", action="store_true", help="one JSON object instead of text")
    reported.set_defaults(verb=telemetry.figures)
    for name, question in (("ask", questions.ask), ("read", questions.read)):
        asking = _for_reading(_add(verbs, name))
        asking.add_argument("text", nargs="+", help="who spent the most last week")
        asking.set_defaults(verb=question)
    own = _for_reading(_add(verbs, "me"))
    own.add_argument("address", help="a person's email address, because a terminal doesn't know who asks")
    own.add_argument("words", nargs="*", help="a period: last week")
    own.set_defaults(verb=read.own)


def _add_records(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verbs that write a file, a digest, the audit log or the settings."""
    exporting = _with_team(_add(verbs, "export"))
    exporting.add_argument("words", nargs="*", help="as in Slack: 2026-10 by key csv")
    exporting.add_argument("--by", default="", help="one row per day and member; invoice lines if left out")
    exporting.add_argument("--format", choices=["csv", "json"], default="", help="default: csv")
    exporting.add_argument("--json", action="store_true", help="same as --format json")
    exporting.add_argument("--output", default="", metavar="FILE", help="default: standard output")
    _with_filters(exporting).set_defaults(verb=read.export)
    digesting = _for_reading(_add(verbs, "digest"))
    digesting.add_argument("kind", choices=["daily", "weekly", "monthly"])
    digesting.add_argument(
        "day", nargs="?", type=date.fromisoformat, help="a day in it, such as 2026-10-31; default: the latest"
    )
    digesting.set_defaults(verb=read.digest)
    log = _for_reading(_add(verbs, "audit"))
    log.set_defaults(verb=read.log)
    deciding = _with_team(_add(verbs, "settings"))
    deciding.add_argument("--json", action="store_true", help="one JSON object instead of text")
    deciding.set_defaults(verb=read.settings)


def _about_keys(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    connecting = _with_provider(_add(verbs, "connect"))
    connecting.add_argument("--replace", action="store_true", help="switch from another organization")
    managed = "claude: only settings that nobody can override send the token"
    connecting.add_argument("--managed", action="store_true", help=managed)
    connecting.add_argument("--json", action="store_true", help="claude: one JSON object instead of text")
    connecting.add_argument("--api", action="store_true", help="claude: have the Claude API itself report")
    connecting.add_argument("--yes", action="store_true", help="claude --api: don't ask")
    connecting.set_defaults(verb=telemetry.connect_either)
    leaving = _with_provider(_add(verbs, "disconnect"))
    leaving.add_argument("--delete-history", action="store_true", help="delete the billing history, too")
    leaving.add_argument("--yes", action="store_true", help="don't ask")
    leaving.set_defaults(verb=telemetry.disconnect_either)
    examining = _add(verbs, "doctor")
    examining.add_argument("--json", action="store_true", help="one JSON object instead of text")
    examining.set_defaults(verb=operate.doctor)
    forgetting = _add(verbs, "forget")
    forgetting.add_argument("--team", required=True, help="Slack workspace id")
    forgetting.set_defaults(verb=keys.forget)
    erasing = _with_team(_add(verbs, "erase"))
    erasing.add_argument("person", help="as `claude by engineer` shows them: usually an email address")
    erasing.add_argument("--yes", action="store_true", help="erase without asking")
    erasing.set_defaults(verb=telemetry.erase)


def _with_provider(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    about = "anthropic (default), or claude for telemetry"
    parser.add_argument("provider", nargs="?", type=_provider, default=telemetry.ANTHROPIC, help=about)
    parser.add_argument("--name", default="", help="claude: the name of the token")
    return _with_team(parser)


def _provider(typed: str) -> str:
    """Take one of the providers; what else is typed there may be a key, and is not repeated."""
    if typed.casefold() not in (telemetry.ANTHROPIC, telemetry.CLAUDE):
        raise argparse.ArgumentTypeError(
            "only anthropic and claude can be connected. A key comes on standard input; everyone on this "
            "machine can see one typed here, so revoke it"
        )
    return typed.casefold()


def _with_filters(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    about = "model, engineer, workspace, key, or product: engineer=mina@acme.example; can be repeated"
    parser.add_argument("--filter", action="append", default=[], metavar="DIMENSION=VALUE", help=about)
    return parser


def _with_team(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--team", default="", help="Slack workspace id, where there are several")
    return parser


def _for_reading(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    parser.add_argument("--timezone", type=_zone, help="calendar; default: the team's (UTC)")
    return _with_team(parser)


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ValueError, OSError, LookupError) as error:
        raise argparse.ArgumentTypeError(f"{name} isn't a time zone such as Europe/Berlin") from error


def _add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str) -> argparse.ArgumentParser:
    """Add a verb; its line stands in the overview, and above its own options."""
    return verbs.add_parser(name, description=overview.HELP[name])


if __name__ == "__main__":
    sys.exit(main())
