"""What is known of files that this emulator serves itself: videos of tasks, and files that clients uploaded."""

from urllib.parse import urlsplit

from fakeseed.model.behaviours import implements
from fakeseed.model.media import MediaFacts
from fakeseed.model.routes import OUTPUT_PATH
from fakeseed.model.task import Task
from fakeseed.world.rng import tag_in
from fakeseed.world.world import World


def file_id_in(url: str) -> str:
    """The id of the file that a URL of this emulator leads to, on whatever host; nothing for other URLs."""
    if OUTPUT_PATH not in url:
        return ""
    try:
        folder, _, name = urlsplit(url).path.rpartition("/")
    except ValueError:
        return ""
    file_id = name.partition(".")[0]
    return file_id if folder == OUTPUT_PATH and tag_in(file_id) else ""


@implements("media.own-file")
def own_facts(world: World, url: str) -> MediaFacts | None:
    """What is known of the file behind a URL of this world; None where it has none, or nobody could read the file."""
    file_id = file_id_in(url)
    if not file_id:
        return None
    task = world.tasks.by_output(file_id)
    if task is not None:
        return video_facts(task) if task.output_until > world.now else None
    upload = world.tables.uploads.get(file_id)
    return upload.facts if upload else None


def video_facts(task: Task) -> MediaFacts:
    """What a probe of a task's video finds, but for its size in bytes and its picture."""
    return MediaFacts("Video", "mp4", 0, "h264", task.width, task.height, float(task.seconds), 24.0)
