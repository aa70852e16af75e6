"""Recognize other secrets that are pasted instead of an Admin API key, so that none is sent to Anthropic.

Sources: https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns
and https://docs.slack.dev/authentication/tokens.
"""

import re

ADMIN = "sk-ant-admin"

_LOOKS: tuple[tuple[str, str], ...] = (  # the longer beginnings first
    (r"sk-ant-api", "a regular API key"),
    (r"sk-ant-(oat|ort)", "a token of somebody's own Claude account"),
    (r"sk-ant-sid", "a session of somebody's own Claude account"),
    (r"sk-ant-", "another kind of Anthropic key"),
    (r"sk-or-", "an OpenRouter key"),
    (r"sk-(proj|svcacct|admin)-", "an OpenAI key"),
    (r"xoxb-", "a Slack bot token"),
    (r"xoxp-", "a Slack user token"),
    (r"xapp-", "a Slack app-level token"),
    (r"xox[a-z][.-]|xwfp-", "a Slack token"),
    (r"gh[a-z]_|github_pat_", "a GitHub token"),
    (r"gl[a-z]{2,6}-", "a GitLab token"),
    (r"(AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{12}", "an AWS access key"),
    (r"AIza|ya29\.", "a Google key"),
    (r"(sk|rk|pk)_(live|test)_|whsec_", "a Stripe key"),
    (r"hf_", "a Hugging Face token"),
    (r"gsk_", "a Groq key"),
    (r"xai-", "an xAI key"),
    (r"pplx-", "a Perplexity key"),
    (r"npm_", "an npm token"),
    (r"pypi-", "a PyPI token"),
    (r"do[opr]_v1_", "a DigitalOcean token"),
    (r"SG\.", "a SendGrid key"),
    (r"-----BEGIN", "a private key"),
    (r"eyJ[\w-]+\.", "a signed web token (JWT)"),
    (r"https?://", "an address"),
    (r"sk-", "another provider's API key"),
)


def look_of(text: str) -> str:
    """Name the secret that a text looks like, "" for an Admin API key or an unknown text."""
    if text.startswith(ADMIN):
        return ""
    return next((look for begins, look in _LOOKS if re.match(begins, text, re.IGNORECASE)), "")
