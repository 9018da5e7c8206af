"""All families of attacks, by name."""

from collections.abc import Mapping, Sequence

from tests.hostile import addresses, choosers, launches, lmss, storage, visits, wire
from tests.hostile.arena import Case

FAMILIES: Mapping[str, Sequence[Case]] = {
    "login": [*launches.logins()],
    "token": [*launches.tokens()],
    "claims": [*launches.claims()],
    "time": [*launches.times()],
    "audience": [*launches.audiences()],
    "key": [*launches.keys()],
    "state": [*launches.states()],
    "mix-up": [*launches.mix_ups()],
    "key server": [*lmss.key_servers()],
    "registration": [*lmss.registrations()],
    "registration's answer": [*lmss.answers()],
    "deep linking": [*lmss.questions()],
    "chooser": [*choosers.choosers()],
    "header": [*wire.headers()],
    "encoding": [*wire.encodings()],
    "address": [*addresses.pages()],
    "link": [*addresses.links()],
    "form": [*visits.forms()],
    "visit": [*visits.foreign()],
    "storage": [*storage.storage()],
}
