"""What clients usually read from their environment to find the API."""


def usual_environment(url: str, key: str) -> dict[str, str]:
    """The variables that published clients read, with an emulator's URL and a key."""
    return {
        "PIAPI_KEY": key,
        "PIAPI_API_KEY": key,
        "PIAPI_BASE_URL": url,
        "PIAPI_API_BASE": url,
        "PIAPI_BASE": f"{url}/api/v1",
        "FAKESEED_URL": url,
        "FAKESEED_API_KEY": key,
    }
