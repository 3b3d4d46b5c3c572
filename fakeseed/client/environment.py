"""What clients of the vendor usually read from their environment."""

from types import MappingProxyType

_NAMES = MappingProxyType(
    {
        "PIAPI_KEY": "{key}",
        "PIAPI_API_KEY": "{key}",
        "PIAPI_BASE_URL": "{url}",
        "PIAPI_API_BASE": "{url}",
        "PIAPI_BASE": "{url}/api/v1",
        "FAKESEED_URL": "{control}",
        "FAKESEED_API_KEY": "{key}",
    }
)


def client_environment(url: str, key: str, control: str | None = None) -> dict[str, str]:
    """The variables for a client that speaks to ``url``; ``control`` is where the control API is, by default there."""
    return {name: value.format(url=url, key=key, control=control or url) for name, value in _NAMES.items()}
