"""One way to write the name of a place, whatever the language and spelling, so that two names can be compared."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from functools import lru_cache
from importlib.resources import files

import yaml

_LETTERS_OF = (
    "а=a б=b в=v г=g д=d е=e ж=zh з=z и=i й=i к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=h ц=ts ч=ch ш=sh щ=sht ъ=a "
    "ы=y ь= э=e ю=yu я=ya ђ=dj ј=j љ=lj њ=nj ћ=c џ=dz і=i ї=i є=e ґ=g "
    "α=a β=v γ=g δ=d ε=e ζ=z η=i θ=th ι=i κ=k λ=l μ=m ν=n ξ=x ο=o π=p ρ=r σ=s ς=s τ=t υ=y φ=f χ=ch ψ=ps ω=o "
    "ø=o æ=ae œ=oe ß=ss đ=d ł=l ı=i þ=th"
)
_LETTERS = str.maketrans({pair[0]: pair[2:] for pair in _LETTERS_OF.split()})

_SAY_NOTHING_TEXT = (
    "a aeroport aeroporto aeropuerto airport al au aux border bcp crossing crossings d da de del della den der des di "
    "do du el flughafen gare grenzubergang haven hafen harbor harbour havre im in international intl l la las le les "
    "los luchthaven near of point port porto poste puerto road saint st station terminal the van von zone"
)
_SAY_NOTHING = frozenset(_SAY_NOTHING_TEXT.split())
"""Words that many names of places have in common and that tell no two apart."""


@lru_cache(maxsize=65536)
def canonical(name: str) -> str:
    """Return the words of a name in lower case, Latin letters and one language, without those that say nothing."""
    lowered = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS)).translate(_LETTERS)
    plain = "".join(letter for letter in lowered if not unicodedata.combining(letter))
    words = re.sub(r"[^a-z0-9]+", " ", plain).split()
    kept = [word for word in words if word not in _SAY_NOTHING] or words
    return " ".join(dict.fromkeys(_one_name().get(word, word) for word in _phrases(kept)))


@lru_cache(maxsize=65536)
def likeness(one: str, other: str) -> float:
    """Return how alike two canonical names are, from 0 to 1; one that holds all words of the other is 0.9."""
    if one == other:
        return 1.0
    words, others = set(one.split()), set(other.split())
    if words and others and (words <= others or others <= words):
        return 0.9
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def _phrases(words: list[str]) -> list[str]:
    """Return the words with those that make one name together as one."""
    whole = " ".join(words)
    return [whole] if whole in _one_name() else words


@lru_cache(maxsize=1)
def _one_name() -> dict[str, str]:
    text = (files("jointops.reference") / "data" / "place_names.yaml").read_text(encoding="utf-8")
    return {name: names[0] for names in yaml.safe_load(text) for name in names}
