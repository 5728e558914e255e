"""How a Redis URL is read, without a server: each spelling of a check, and what is refused."""

import ssl

import pytest

from brokers import BrokerUnavailable, find_broker
from brokers.redis_client import open_client
from brokers.redis_url import read_url

BROKER = find_broker("redis")
PROFILE = BROKER.profiles["default"]
VERIFY = {"required": ssl.CERT_REQUIRED, "optional": ssl.CERT_OPTIONAL, "none": ssl.CERT_NONE}


def _spelt(check: str, names: bool) -> list[tuple[str, str, bool]]:
    spellings = (check, check.upper(), check.title(), f"CERT_{check.upper()}", f"cert_{check}")
    return [(f"?ssl_cert_reqs={spelling}", check, names) for spelling in spellings]


@pytest.mark.parametrize(
    ("query", "check", "names"),
    [
        ("", "required", True),
        *_spelt("required", True),
        *_spelt("optional", True),
        *_spelt("none", False),
        ("?ssl_check_hostname=false", "required", False),
        ("?ssl_check_hostname=0", "required", False),
        ("?ssl_check_hostname=True", "required", True),
        ("?ssl_cert_reqs=none&ssl_check_hostname=true", "none", False),
    ],
)
def test_each_spelling_of_a_check_is_the_same_check_for_both(query: str, check: str, names: bool) -> None:
    place = read_url(f"rediss://h{query}")
    checks = {"ssl_cert_reqs": check, "ssl_check_hostname": names}
    assert place.broker_settings() == {"broker_url": "rediss://h:6379/0", "broker_use_ssl": checks}
    assert place.result_settings() == {"result_backend": "rediss://h:6379/0", "redis_backend_use_ssl": checks}
    with open_client(place) as client:
        made = client.connection_pool.make_connection()
    assert (made.cert_reqs, made.check_hostname) == (VERIFY[check], names)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("redis://h/shop", "its database is not a number"),
        ("redis://h/1/2", "its database is not a number"),
        ("redis://h/3/", "its database is not a number"),
        ("redis://h/-1", "its database is not a number"),
        ("redis://h/3?db=4", "names two databases"),
        ("redis://h/?db=3&db=4", "the same parameter twice"),
        ("redis://h/3?virtual_host=4", "a parameter that is not one of db, password, username, ssl_..."),
        ("redis://h/3?socket_timeout=4", "a parameter that is not one of"),
        ("redis+socket:///run/redis.sock?db=4", "a parameter that is not one of virtual_host"),
        ("redis+socket://run/redis.sock", "no socket's path: use redis+socket:///PATH"),
        ("unix://", "no socket's path"),
        ("redis://one/0;redis://other/0", "names several servers"),
        ("rediss://h?ssl_cert_reqs=require", "ssl_cert_reqs is not one of required, optional, none"),
        ("rediss://h?ssl_cert_reqs=", "ssl_cert_reqs is not one of required, optional, none"),
        ("rediss://h?ssl_check_hostname=maybe", "neither true nor false"),
        ("rediss://h?ssl_ca_certs=", "ssl_ca_certs is empty"),
        ("rediss://h?ssl_min_version=TLS", "ssl_min_version is not a number"),
        ("rediss://h?ssl_version=3", "a parameter for TLS that is not one of ssl_ca_certs, "),
        ("sentinel://h", "add ?master_name=NAME"),
        ("sentinel://one;other?master_name=m", "write each as sentinel://host:port"),
        ("sentinel://one/1;sentinel://other/2?master_name=m", "different databases"),
        ("sentinel://:a@one;sentinel://:b@other?master_name=m", "different users or passwords"),
        ("sentinel://one?master_name=m;sentinel://other?master_name=n", "different parameters"),
        ("redis://:se?cret@h/0", "percent-encode the special characters"),
        ("valkey://h/0", "scheme is not one of redis, rediss, unix, redis+socket, sentinel"),
    ],
)
def test_what_celery_would_read_differently_is_refused(url: str, words: str) -> None:
    for ask in (BROKER.inspect, BROKER.admits_strangers, lambda url: BROKER.settings(url, PROFILE)):
        with pytest.raises(BrokerUnavailable) as told:
            ask(url)
        assert words in str(told.value)
        assert str(told.value).endswith(", in REDIS_URL")
        assert "cret" not in str(told.value)
