"""Whose a use is: account, gateway, claim, installation; and how far to believe it."""

import pytest

from providers.claude.people import INSTALLATION, Identity, identity_of, links_of, person
from providers.claude.use import Origin
from providers.directory import Directory, Entry

MIA = "mia@acme.example"
DIRECTORY = Directory([Entry("user_1", "user", "Mia", email="Mia@Acme.example")])
CLAIMED = (("enduser.id", "Lena@acme.example"),)


@pytest.mark.parametrize(
    ("origin", "identity"),
    [
        (Origin(account_id="user_1", email=MIA, installation="i"), Identity("user_1", "account")),
        (Origin(account_uuid="7c0f", email=MIA), Identity(MIA, "account")),
        (Origin(account_uuid="7c0f"), Identity("7c0f", "account")),
        (Origin(gateway="gateway-oidc", email=MIA, installation="sub"), Identity(MIA, "gateway")),
        (Origin(gateway="gateway-oidc", installation="sub"), Identity("sub", "gateway")),
        (Origin(email=MIA, installation="i"), Identity(MIA, "claim")),
        (Origin(email=MIA, settings="managed"), Identity(MIA, "managed")),
        (Origin(email=MIA, account_id="user_1", settings="managed"), Identity("user_1", "account")),
        (Origin(attributes=CLAIMED, installation="i"), Identity("lena@acme.example", "claim")),
        (Origin(installation="i"), Identity(INSTALLATION + "i", "installation")),
        (Origin(workspace="wrkspc_1"), Identity("", "unknown")),
    ],
)
def test_the_most_reliable_identity_counts(origin: Origin, identity: Identity) -> None:
    assert identity_of(origin) == identity


def test_an_account_is_a_person_by_the_directory_then_by_what_it_told_itself() -> None:
    assert person("user_1", DIRECTORY, {"user_1": "old@acme.example"}) == MIA
    assert person("user_2", DIRECTORY, {"user_2": MIA}) == MIA
    assert person("user_2", DIRECTORY, {}) == "user_2"


def test_an_installation_is_whoever_signed_in_there_or_was_assigned_it() -> None:
    links = links_of(Origin(email=MIA, account_id="user_2", installation="i"))
    assert links == {"user_2": MIA, INSTALLATION + "i": MIA}
    assert person(INSTALLATION + "i", DIRECTORY, links) == MIA
    assert person(INSTALLATION + "j", DIRECTORY, links) == INSTALLATION + "j"


def test_nobody_is_nobody() -> None:
    assert links_of(Origin(installation="i")) == {}
    assert person("", DIRECTORY, {}) == ""
