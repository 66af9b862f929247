"""What the sample's world is made of: names, cities, articles, and when people shop."""


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(word for line in lines for word in line.split())


FIRST_NAMES = _words(
    "Amelia Oliver Isla George Ava Noah Priya Arthur Zoë Leo Maya Oscar Siân Harry",
    "Grace Theo Fatima Jack Chloé Samuel Ruby Mohammed Ella Adam Niamh Ewan Hannah",
    "José Alice Rhys Lucy Kofi Martha Daniel Aisha Finlay Eleanor Dev Beth Callum",
)
LAST_NAMES = _words(
    "Smith Jones Patel Taylor O'Neill Williams Khan Davies Brown Evans Wilson Thomas",
    "Roberts Johnson Lewis Walker Robinson Wood Thompson White Watson Jackson Wright",
    "Green Harris Cooper King Lee Martin Clarke Begum Morgan Hughes Edwards Hill Moore",
    "Clark Núñez Campbell-Ross MacLeod",
)
SEGMENTS = {"new": 25, "regular": 55, "premium": 15, "business": 5}

# Region, as the chain divides the country, to its cities.
CITIES = {
    "north": ("Manchester", "Leeds", "Newcastle", "Liverpool", "Sheffield", "York"),
    "east": ("Norwich", "Cambridge", "Ipswich", "Nottingham", "Leicester", "Lincoln"),
    "south": ("London", "Brighton", "Southampton", "Oxford", "Reading", "Canterbury"),
    "west": ("Bristol", "Cardiff", "Bath", "Exeter", "Plymouth", "Swansea"),
}
REGION_OF = {city: region for region, cities in CITIES.items() for city in cities}
PLACES = ("High Street", "Market Square", "Station", "Arcade", "Riverside", "Outlet")

BRANDS = ("Northfell", "Marlow & Finch", "Tidewater", "Hartley", "Ostra", "Bramble")
STYLES = ("Classic", "Slim", "Relaxed", "Organic", "Everyday", "Heritage", "Light")
# Category to its articles, each with the range of its list price.
ARTICLES = {
    "tops": (("T-Shirt", 12, 35), ("Shirt", 30, 85), ("Jumper", 40, 120)),
    "trousers": (("Jeans", 45, 130), ("Chinos", 40, 95), ("Shorts", 20, 60)),
    "dresses": (("Summer Dress", 35, 110), ("Shirt Dress", 45, 120)),
    "outerwear": (("Rain Jacket", 70, 190), ("Parka", 120, 320), ("Coat", 130, 380)),
    "shoes": (("Trainers", 50, 140), ("Boots", 80, 220), ("Sandals", 25, 80)),
    "accessories": (("Scarf", 15, 60), ("Belt", 18, 55), ("Beanie", 10, 30)),
}
# How well a category sells in each season, from winter.
SEASONS = {
    "tops": (8, 9, 10, 9),
    "trousers": (7, 7, 6, 8),
    "dresses": (2, 5, 7, 3),
    "outerwear": (6, 3, 1, 6),
    "shoes": (5, 5, 5, 5),
    "accessories": (6, 3, 3, 5),
}
SEASON_OF_MONTH = (0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 0)

# How busy the tills are, by hour (UTC) and by day of the week from Monday.
HOURS = (
    *(0.05,) * 8,
    *(0.6, 1.6, 2.6, 3.4, 4.2, 4.0, 3.2, 3.0, 3.4, 4.4, 4.0, 2.2, 0.9),
    *(0.2, 0.1, 0.05),
)
WEEKDAYS = (0.8, 0.8, 0.9, 1.0, 1.3, 1.8, 0.9)

# Method of payment to its weight.
PAYMENTS = {"card": 62, "cash": 18, "wallet": 16, "voucher": 4}
DISCOUNTS = {None: 70, 0.1: 12, 0.2: 10, 0.25: 4, 0.5: 4}
