"""Keeps passwords out of everything that a person sees or a file stores.

No small library does this: scanners such as detect-secrets look for secrets in a repository and leave text unchanged.
"""

import re

__all__ = ["HIDDEN", "is_secret", "keep_paths", "reason", "redacted", "redacted_url", "sounds_secret"]

HIDDEN = "***"
"""Replaces a secret."""

_NAME = (
    r"passw|passphrase|passcode|passkey|pass(?![a-z])|pwd(?![a-z])|(?<![a-z])pw(?![a-z])|secret|token(?!i[sz])"
    r"|credential|(?<![a-z])creds?(?![a-z])|signature|(?<![a-z])sig(?![a-z])|session_?id|authorization|cookie"
    r"|(?:api|access|private|security|account|auth|encryption|signing|shared|storage|hmac|fernet|master|licen[cs]e"
    r"|consumer|subscription|client|jwt|aes|ssh)[_\-. ]?key|(?<![a-z])bearer(?![a-z])|(?<![a-z])jwt(?![a-z])"
)
_PARTS = ("pass", "pw", "secret", "token", "cred", "sig", "session", "authorization", "cookie", "key", "bearer", "jwt")
"""Each name contains one of these."""
_NUMBER = re.compile(r"-?\d{1,9}(?:\.\d{1,9})?[,;)\]}]{0,9}")
_COUNTED = re.compile(r"tokens|token[_\-. ]?(?:count|limit|budget|length|size)", re.IGNORECASE)  # of a text
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)

# What separates a name from its value in logs, in Python's and JSON's syntax, in XML and in command lines.
_COLOUR = r"(?:\x1b\[[\d;]{0,20}m)*+"
_QUOTE = r"""\\{0,4}["']"""
_REST_OF_NAME = rf"[\w.\-]{{0,60}}(?<!error)(?<!exception)(?<!warning){_COLOUR}"
_IS = rf"""(?:
    (?:{_QUOTE}|&quot;|&\#\w{{2,3}};|">>)?\]?[ \t]{{0,9}}{_COLOUR}
    (?!==\d)(?:=>|:=|={{1,2}}|:|%3D|%3A){_COLOUR}(?:\s{{0,99}}\n\s{{0,99}}(?=["'])|[ \t]{{0,9}}+)
    | ,(?=") | ,[ \t]{{0,9}}(?=<<") | > | {_QUOTE},[ \t]{{0,9}}(?={_QUOTE}) | [ ](?={_QUOTE})
)"""
_QUOTED = r"""[bru]{0,2}\\{0,4}(?:
    "{3}[\s\S]*?(?:"{3}|\Z) | '{3}[\s\S]*?(?:'{3}|\Z)
    | (?:<<)?(?P<double>")(?:\\[\s\S]|[^"\\])*" | (?P<single>')(?:\\[\s\S]|[^'\\])*' | ["'][^\n]*
)"""
_INNER = r"""(?:"(?:\\.|[^"\\\n]){0,200}+"|'(?:\\.|[^'\\\n]){0,200}+'|[^\[\](){}\n])"""
_NESTED = r"[\[({][^\])}\n]*+[\])}]?+"
for _ in range(6):  # levels
    _NESTED = rf"[\[({{](?:{_INNER}|{_NESTED})*+[\])}}]?+"
_WORD = r"(?:[^\s&]|&(?![\w.\-]+=))+"
_UNHIDDEN = rf"""(?!{_COLOUR}["']?\*{{3}}(?:[\s&,;.:)}}\]"']|$))"""
_VALUE = rf"{_UNHIDDEN}{_COLOUR}(?:{_QUOTED}|{_NESTED}|{_WORD})"

_KEY = r"\ [A-Z\ ]{0,30}PRIVATE\ KEY(?:\ BLOCK)?-----"
_OPTION_ENDS = rf"(?:{_QUOTE})?(?:[ \t]{{0,9}}[,=][ \t]{{0,9}}|[ \t]{{1,9}})"
_ANNOTATED = r":[ \t]{0,9}[\w.\[\]|]{1,30}[ \t]{0,9}=[ \t]{0,9}"
_SCHEME_WORDS = "(?:token|auth|authentication|authorization|scheme|realm|of|is)"
_QUOTE_OR_NOT, _PAIR = (
    rf"(?:{_QUOTE})?",
    rf"(?:[(\[][^)\]\n]*+[)\]]?|[\w.]{{1,60}}:[^\s'\",]+|{_QUOTE}[^\s'\":]{{0,60}}:[^\s'\"]+)",
)
_SENT = r"(?:auth|hello)[`'\"]?,\ with\ args\ beginning\ with:\ ?"


def _shape(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.VERBOSE)


# Each with the parts, in lower case, of which a text must contain at least one.
_SHAPES = (
    # a private key, even if its beginning or its end is cut off
    (("private key",), _shape(rf"-----BEGIN{_KEY}[\s\S]*?(?:-----END{_KEY}|\Z)|\A[\s\S]*?-----END{_KEY}")),
    # a JSON web token, and the keys of well-known services
    (("eyj",), _shape(r"\beyJ[\w\-]{5,}\.[\w\-]+(?:\.[\w\-]*)?")),
    (("aki", "asi", "agp", "aid", "aro", "anp", "anv"), _shape(r"\bA(?:KI|SI|GP|ID|RO|NP|NV)A[A-Z0-9]{12,}")),
    (
        ("_", "-"),
        _shape(r"\b(?:gh[pousr]_|github_pat_|glpat-|pypi-|dckr_pat_|xox[a-z]-|[rs]k_\w{4}_)[\w\-]{8,}"),
    ),
    (("npm_", "hf_"), _shape(r"\b(?:npm|hf)_[A-Za-z0-9]{16,}")),
    (("sg.",), _shape(r"\bSG\.[\w\-]{16,}\.[\w\-]{16,}")),
    (("aiza", "sk-"), _shape(r"\b(?:AIza|sk-)[\w\-]{20,}")),
)
_NAMED = (
    # a header, whose value is the rest of its line
    (("authorization", "cookie"), _shape(rf"(?P<name>(?:authorization|cookie){_IS}){_UNHIDDEN}(?:{_QUOTED}|[^\n]+)")),
    (("bearer",), _shape(rf"(?P<name>\bbearer(?:\s|%20){{1,9}})(?!{_SCHEME_WORDS}\b)[^\s\"',;]+")),
    (("basic",), _shape(r"(?P<name>\bbasic\s{1,9})(?=[a-z+/_\-]*(?-i:[A-Z0-9=]))[A-Za-z0-9+/=_\-]{6,}")),
    # an option of a program, a server's setting, an annotated attribute, and every other name
    (("--",), _shape(rf"(?P<name>--[\w\-]{{0,40}}(?:{_NAME})[\w\-]{{0,40}}{_OPTION_ENDS}){_VALUE}")),
    # Redis's error for an unknown command, and arguments of HTTP libraries
    (("with args",), _shape(rf"(?P<name>{_SENT})[^\n]+")),
    (("auth",), _shape(rf"(?P<name>(?<![a-z])auth{_QUOTE_OR_NOT}\s{{0,9}}[=:]\s{{0,9}}){_PAIR}")),
    (("pass", "auth", "ident"), _shape(rf"(?P<name>\b(?:requirepass|masterauth|identified\ by)[ \t]{{1,9}}){_VALUE}")),
    (_PARTS, _shape(rf"(?P<name>(?:{_NAME}){_REST_OF_NAME}(?:{_ANNOTATED}|{_IS})){_VALUE}")),
)

_WORDS = re.compile(r"\S+")
_AT = re.compile(r".*(?P<at>@|%40)", re.DOTALL | re.IGNORECASE)
_SCHEME = re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9+.-]{0,30}(?:://|:\\/\\/|%3A%2F%2F)", re.IGNORECASE)
_PATH = re.compile(
    r"(?<![\w+.-])(?:git\+)?(?:https?://[\w-]+(?:\.[\w-]+)+(?::\d{1,5})?|file://)/[\w.~+/-]*\Z"
)  # and then @main
_USER = re.compile(r"""(?<![\w@])[\w.+%-]{0,64}:(?!//|["'\\])(?=.)""")
_HOST = re.compile(r"[A-Za-z_\[]|\d{1,3}(?:\.\d{1,3}){3}")

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,30})://(?P<rest>.*)", re.DOTALL)
_PLACE = re.compile(r"(?:[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+(?:%\w+)?\])(?::\d{1,5})?(?:/[A-Za-z0-9._~/%+:-]*)?")
_AWS = "aws"  # accepted instead of a URL


_MODULE_PATH = re.compile(r"(?<![\w.:/@-])[A-Za-z_]\w{0,99}(?:[.:][A-Za-z_]\w{0,99}){1,20}(?![\w@]|[.:/-]\w)")
_MOST_PATHS = 1000
_COVER = re.compile("\ue000\\d{1,4}\ue001")
_kept: dict[str, str] = {}
"""What stands for a module path while a text is searched for secrets."""


def keep_paths(text: str) -> None:
    """From now on, hide nothing in the module paths that a text contains, such as ``token_service:app``.

    Only for a text that consists of such names, for example the name of an app: elsewhere ``token:x`` is a secret.
    """
    for found in _MODULE_PATH.finditer(text):
        if len(_kept) < _MOST_PATHS and sounds_secret(found[0]):
            _kept.setdefault(found[0], f"\ue000{len(_kept)}\ue001")


def sounds_secret(name: str) -> bool:
    """Return True if the name of a setting or an argument suggests that its value is a secret."""
    return _SECRET_NAME.search(name) is not None


def is_secret(name: str, value: object) -> bool:
    """Return True if the name suggests a secret, and the value may be one: not a number of tokens, not a switch."""
    if not value or isinstance(value, bool) or not sounds_secret(name):
        return False
    return not (isinstance(value, int | float) and _COUNTED.search(name))


def redacted_url(url: str) -> str:
    """Return the URL without user, password and query: scheme, host, port and path.

    Nothing before the last ``@`` is ever shown. Of an unreadable URL, only the scheme and the length are shown.
    """
    places = [_place(one) for one in url.split(";")]  # kombu accepts several servers in one URL
    known = [place for place in places if place is not None]
    if url == _AWS or len(known) == len(places):
        return ";".join(known) or url
    found = _URL.fullmatch(url)
    scheme = f"{found['scheme']}://" if found else "no scheme"
    return f"an unreadable URL ({scheme}, {len(url)} characters)"


def _place(url: str) -> str | None:
    """Return scheme, host, port and path; None if it is not a URL with these."""
    found = _URL.fullmatch(url)
    if found is None:
        return None
    place = re.split("[?#]", found["rest"].rpartition("@")[2])[0]
    return f"{found['scheme']}://{place}" if _PLACE.fullmatch(place) else None


def redacted(text: str) -> str:
    """Return the text with ``***`` for each password, token and key in it that its shape or its name reveals."""
    if not _kept:
        return _redacted(text)
    covered = _MODULE_PATH.sub(lambda found: _kept.get(found[0], found[0]), text)
    return _COVER.sub(lambda found: _uncovered(found[0]), _redacted(covered))


def _uncovered(cover: str) -> str:
    return next((path for path, one in _kept.items() if one == cover), cover)


def _redacted(text: str) -> str:
    if "@" in text or "%40" in text:
        text = _WORDS.sub(lambda word: _without_userinfo(word[0]), text)
    small = text.lower()
    for parts, secret in (*_SHAPES, *_NAMED):
        if any(part in small for part in parts):
            text = secret.sub(_hidden, text)
    return text


def _hidden(found: re.Match[str]) -> str:
    """Keep the name of what is hidden, and its quotes; leave a number of tokens unchanged."""
    groups = found.groupdict()
    if (name := groups.get("name")) and _COUNTED.search(name) and _NUMBER.fullmatch(found[0][len(name) :]):
        return found[0]
    quote = groups.get("double") or groups.get("single") or ""
    return f"{groups.get('name', '')}{quote}{HIDDEN}{quote}"


def _without_userinfo(word: str) -> str:
    """Hide user and password up to the last ``@``: a password that is not percent-encoded may contain one."""
    found = _AT.match(word)
    if found is None:
        return word
    before, after = word[: found.start("at")], word[found.start("at") :]
    if _PATH.search(before):
        return word
    if scheme := _SCHEME.search(before):
        return f"{before[: scheme.end()]}{HIDDEN}{after}"
    if _HOST.match(after.removeprefix(found["at"])) and (user := _USER.search(before)):
        return f"{before[: user.start()]}{HIDDEN}{after}"
    return word


def reason(error: Exception) -> str:
    """Return an error's text on one line without secrets, for use in a message."""
    is_of_network = isinstance(error, OSError)  # an untrusted certificate is a ValueError, too
    if isinstance(error, ValueError | TypeError) and not is_of_network:  # it may quote the URL's password
        return "the URL cannot be read; begin it with its scheme, and percent-encode special characters in its password"
    return " ".join(redacted(str(error)).split()).removesuffix(".")
