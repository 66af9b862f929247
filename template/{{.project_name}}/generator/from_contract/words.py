"""What texts say and how large numbers are, guessed from the name of their column."""

import re
from collections.abc import Callable
from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words(
    "Ada Ben Cleo Dan Eva Finn Gus Hana Ivo Jane Kai Lena Max Nora Omar Pia"
)
_LAST = _words("Adams Baker Chen Diaz Evans Fischer Garcia Hill Ito Jensen Klein Lopez")
_CITIES = _words(
    "Berlin Boston Cairo Dublin Geneva Lagos Lima Lyon Osaka Oslo Porto Riga"
)
_COUNTRIES = _words(
    "Austria Brazil Canada Denmark Egypt France Ghana India Japan Kenya"
)
_CODES = _words("AT BR CA DK EG FR GH IN JP KE")
_STREETS = ("Market Street", "Station Road", "Mill Lane", "Park Avenue", "High Street")
_COLOURS = _words("black blue brown green grey orange pink red white yellow")
_THINGS = _words("bag belt boots chair coat desk jacket lamp scarf shelf shirt table")
_ADJECTIVES = _words("basic classic compact eco heavy large light modern plain small")
_NOTES = ("as agreed", "by phone", "call back", "checked", "on request", "to be paid")
_STATUS = _words("active closed new open pending")
_SEGMENTS = _words("basic business new premium regular")
_METHODS = _words("card cash invoice online transfer")
_REGIONS = _words("east north south west")
_CURRENCIES = _words("CHF EUR GBP USD")
_PLAIN = _words("alpha amber birch cedar delta ember flint grove hazel iris jade kite")

# The end of a column's name to its texts; a function makes them of chance.
_TEXTS = (
    (r"e_?mail", lambda r: _mail(r)),
    (r"(phone|mobile|fax)(_number)?", lambda r: f"+44 20 {r.randrange(10**7):07}"),
    (r"(first|given)_?name", _FIRST),
    (r"(last|family|sur)_?name", _LAST),
    (r"(full|user|contact)_?name", lambda r: _person(r)),
    (r"(url|link|website)", lambda r: f"https://example.com/{r.choice(_PLAIN)}"),
    (r"(uuid|guid)", lambda r: _uuid(r)),
    (
        r"(street|address)(_line)?",
        lambda r: f"{r.randrange(1, 99)} {r.choice(_STREETS)}",
    ),
    (r"(zip|postal|post)_?(code)?", lambda r: f"{r.randrange(10**5):05}"),
    (r"city|town|place|location", _CITIES),
    (r"country_code", _CODES),
    (r"country|nation", _COUNTRIES),
    (r"region|area|zone|territory", _REGIONS),
    (r"currency(_code)?", _CURRENCIES),
    (r"colou?r", _COLOURS),
    (r"status|state|phase|stage", _STATUS),
    (r"segment|tier|group|class", _SEGMENTS),
    (r"payment|method|channel|via", _METHODS),
    (r"brand|maker|manufacturer|supplier|company", lambda r: f"{r.choice(_LAST)} & Co"),
    (r"category", _THINGS),
    (r"note|notes|comment|remark|description|text|message", _NOTES),
    (r"(customer|client|person|employee|owner|driver)(_?name)?", lambda r: _person(r)),
    (r"(product|article|item|sku)(_?name)?", lambda r: _thing(r)),
    (r"(store|shop|branch|site|plant)(_?name)?", lambda r: _site(r)),
)
# What a plain `name` names, by the table that it is in.
_NAMED = r"(person|customer|client|product|article|item|store|shop|branch|site|plant|"
_NAMED += r"employee|owner|driver|country|region|city|category|brand|supplier|company)"
# The same of numbers: how large they usually are.
_NUMBERS = (
    (r"(percent|percentage|pct)", 0, 100),
    (r"(share|rate|ratio|discount|probability)", 0, 0.5),
    (r"(quantity|qty|pieces|units|items|count|installments)", 1, 10),
    (r"(price|cost|fee)", 1, 200),
    (r"(amount|total|revenue|value|sum|balance|payment|sales)", 5, 500),
    (r"(age)", 18, 90),
    (r"(year)", 2000, 2025),
    (r"(month)", 1, 12),
    (r"(day)", 1, 28),
    (r"(hour)", 0, 23),
    (r"(weight|mass)", 0.1, 40),
    (r"(lat|latitude)", -60, 70),
    (r"(lon|lng|longitude)", -180, 180),
    (r"(temperature|temp)", -10, 35),
)


def text_maker(name: str, table: str = "") -> Callable[[Random], str]:
    """Makes a text for a column of this name, in a table of that name."""
    is_plain = name.lower() in ("name", "label", "title")
    if is_plain and (found := re.search(_NAMED, table.lower())):
        name = found[1]
    for ending, texts in _TEXTS:
        if _ends(name, ending):
            return texts if callable(texts) else lambda r, t=texts: r.choice(t)
    return lambda r: f"{r.choice(_ADJECTIVES)} {r.choice(_PLAIN)}"


def usual_numbers(name: str) -> tuple[float, float]:
    """From what to what the numbers of such a column usually go."""
    for ending, low, high in _NUMBERS:
        if _ends(name, ending):
            return low, high
    return 0, 1000


def is_long_ago(name: str) -> bool:
    """Whether a date of this name lies decades back."""
    return _ends(name, r"(birth|born|birthday|birthdate|date_of_birth|birth_date)")


def is_unique(name: str) -> bool:
    return _ends(name, r"(uuid|guid)")


def _ends(name: str, ending: str) -> bool:
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    return re.search(rf"(^|_|-)({ending})\Z", snake) is not None


def _person(rng: Random) -> str:
    return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"


def _mail(rng: Random) -> str:
    names = _person(rng).lower().replace(" ", ".")
    return f"{names}{rng.randrange(1000)}@example.com"


def _thing(rng: Random) -> str:
    return f"{rng.choice(_ADJECTIVES)} {rng.choice(_THINGS)}"


def _site(rng: Random) -> str:
    return f"{rng.choice(_CITIES)} {rng.choice(_STREETS)}"


def _uuid(rng: Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return "-".join(
        (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    )
