"""The environments of templates: strict, so that a missing fact is an error, and read once."""

from collections.abc import Callable

from jinja2 import Environment, PackageLoader, StrictUndefined


def of_markup(folder: str) -> Environment:
    """Return the environment of a folder of HTML or SVG, in which every word is escaped."""
    return _environment(folder, autoescape=True)


def of_mrkdwn(folder: str, finalize: Callable[[object], str]) -> Environment:
    """Return the environment of a folder of Slack's mrkdwn, in which `finalize` escapes every word."""
    return _environment(folder, autoescape=False, finalize=finalize)


def _environment(
    folder: str, *, autoescape: bool, finalize: Callable[[object], str] | None = None
) -> Environment:
    return Environment(
        loader=PackageLoader("digests", folder),
        autoescape=autoescape,  # noqa: S701 - off for mrkdwn alone, whose `finalize` escapes
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
