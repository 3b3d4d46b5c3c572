"""What clients of the zoo are asked to do, and worlds to do it in."""

from typing import Any

from tests.zoo.correct import CorrectClient

PERSON = "https://cdn.example/person.jpg"
SCENE = "https://cdn.example/scene.jpg"
FAILING = "https://cdn.example/fs-fail-download-failed.jpg"


def text(client: CorrectClient) -> object:
    """One video from words."""
    return client.video("a corgi on a skateboard")


def person(client: CorrectClient) -> object:
    """A person as an asset before a scene as a raw URL."""
    return client.video("The person walks.", people=(PERSON,), scenery=(SCENE,))


def twice(client: CorrectClient) -> object:
    """The same person in two videos."""
    return [client.video(f"The person {verb}.", people=(PERSON,)) for verb in ("walks", "sits")]


def series(client: CorrectClient) -> object:
    """The same person in three videos."""
    return [client.video(f"The person {verb}.", people=(PERSON,)) for verb in ("walks", "sits", "sleeps")]


def scenes(client: CorrectClient) -> object:
    """Three videos, each with a scene of its own."""
    return [client.video("Rain.", scenery=(f"https://cdn.example/scene-{number}.jpg",)) for number in range(3)]


def guest(client: CorrectClient) -> object:
    """A guest who comes once."""
    return client.video("The guest waves.", guests=("https://cdn.example/guest.jpg",))


def crowd(client: CorrectClient) -> object:
    """More guests than a small plan holds at a time."""
    for scene in range(3):
        client.video(
            "They wave.",
            guests=tuple(f"https://cdn.example/guest-{scene}-{guest_number}.jpg" for guest_number in range(9)),
        )
    return "done"


def failing_person(client: CorrectClient) -> object:
    """A person whose picture cannot be fetched."""
    return client.video("The person walks.", people=(FAILING,))


def refused(client: CorrectClient) -> object:
    """A video that is refused for its content."""
    return client.video("a mouse fs-refuse-copyright")


def long(client: CorrectClient) -> object:
    """A video that takes ten minutes."""
    return client.video("a corgi fs-takes-10m")


def batch(client: CorrectClient) -> object:
    """Three videos, where the points are enough."""
    return client.batch(("a corgi", "a cat", "a hen"))


def cast(client: CorrectClient) -> object:
    """Three people into the library."""
    return [client.asset(f"https://cdn.example/actor-{number}.jpg") for number in range(3)]


def file(client: CorrectClient) -> object:
    """A local file of a type that is not taken."""
    return client.upload_file("person.gif", b"GIF89a")


def good_file(client: CorrectClient) -> object:
    """A local file that is taken, as a scene."""
    return client.video("Rain.", scenery=(client.upload_file("scene.png", b"\x89PNG"),))


def tidy(client: CorrectClient) -> object:
    """A person who is deleted when the work is done, and comes back all the same."""
    client.video("The person walks.", people=(PERSON,))
    client.delete(PERSON)
    return client.video("The person sits.", people=(PERSON,))


def troupe(client: CorrectClient) -> object:
    """Three people, one of whom comes back."""
    people = [f"https://cdn.example/actor-{number}.jpg" for number in (1, 2, 3, 1)]
    return [client.video("Bows.", people=(actor,)) for actor in people]


def library(client: CorrectClient) -> object:
    """A person who comes back after twenty days."""
    client.video("The person walks.", people=(PERSON,))
    client.keep(days=20)
    return client.video("The person sits.", people=(PERSON,))


def hooked(client: Any) -> object:
    """One video whose end is told by a webhook."""
    return client.hooked_video("a corgi")


def hooked_twice(client: Any) -> object:
    """Two videos whose ends are told by webhooks."""
    return [client.hooked_video(prompt) for prompt in ("a corgi", "a cat")]


def world(*faults: dict[str, Any], **options: Any) -> dict[str, Any]:
    """A setup: a world of the plan creator with points enough, and what goes wrong."""
    return {"world": {"plan": "creator", "points": 50_000_000, **options}, "faults": list(faults)}


def fault(name: str, on: str = "", **options: Any) -> dict[str, Any]:
    """A fault's order."""
    return {"fault": name} | ({"on": on} if on else {}) | options
