"""The time zones one may choose from: a select holds a hundred, so the common ones and one's own."""

from digests.blocks import Block

_COMMON = """
UTC
Africa/Cairo Africa/Casablanca Africa/Johannesburg Africa/Lagos Africa/Nairobi
America/Anchorage America/Argentina/Buenos_Aires America/Bogota America/Caracas America/Chicago
America/Denver America/Edmonton America/Guatemala America/Halifax America/Lima America/Los_Angeles
America/Mexico_City America/Montevideo America/New_York America/Panama America/Phoenix
America/Puerto_Rico America/Santiago America/Sao_Paulo America/St_Johns America/Toronto
America/Vancouver America/Winnipeg
Asia/Almaty Asia/Baku Asia/Bangkok Asia/Beirut Asia/Colombo Asia/Dhaka Asia/Dubai Asia/Ho_Chi_Minh
Asia/Hong_Kong Asia/Jakarta Asia/Jerusalem Asia/Karachi Asia/Kathmandu Asia/Kolkata
Asia/Kuala_Lumpur Asia/Manila Asia/Riyadh Asia/Seoul Asia/Shanghai Asia/Singapore Asia/Taipei
Asia/Tashkent Asia/Tbilisi Asia/Tehran Asia/Tokyo Asia/Yerevan
Atlantic/Azores Atlantic/Reykjavik
Australia/Adelaide Australia/Brisbane Australia/Darwin Australia/Melbourne Australia/Perth
Australia/Sydney
Europe/Amsterdam Europe/Athens Europe/Belgrade Europe/Berlin Europe/Brussels Europe/Bucharest
Europe/Budapest Europe/Copenhagen Europe/Dublin Europe/Helsinki Europe/Istanbul Europe/Kyiv
Europe/Lisbon Europe/London Europe/Madrid Europe/Moscow Europe/Oslo Europe/Paris Europe/Prague
Europe/Rome Europe/Sofia Europe/Stockholm Europe/Tallinn Europe/Vienna Europe/Vilnius
Europe/Warsaw Europe/Zurich
Pacific/Auckland Pacific/Honolulu
""".split()  # noqa: SIM905 - a paragraph of names reads better than ninety lines of them


def zone_select(*first: str) -> Block:
    """Return a select of zones; the first named is selected, all named come first."""
    options = [_option(name) for name in dict.fromkeys((*first, *_COMMON))]
    return {"type": "static_select", "initial_option": options[0], "options": options}


def _option(name: str) -> Block:
    return {"text": {"type": "plain_text", "text": name.replace("_", " ")}, "value": name}
