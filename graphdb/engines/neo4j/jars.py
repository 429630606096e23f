"""Fetches the jars of Neo4j Community from Maven Central into the user's cache, once for each release."""

import importlib.util
import os
import tempfile
import textwrap
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
from rich.console import Console
from rich.progress import track

from graphdb.errors import UserError

if TYPE_CHECKING:
    from jgo.maven import Artifact

ATTEMPTS = 3
CONNECTIONS = 4


@dataclass(frozen=True)
class Release:
    """A release of Neo4j that this project runs.

    `java` is the oldest Java feature release it starts on, `settings` are lines of neo4j.conf of its own.
    """

    version: str
    java: int
    main_class: str
    settings: str = ""

    @property
    def order(self) -> tuple[int, ...]:
        """The version as numbers, so that releases compare."""
        return version_order(self.version)


def version_order(version: str) -> tuple[int, ...]:
    """Return '5.26.30' as (5, 26, 30)."""
    return tuple(int(part) for part in version.split("."))


# Newest first: the calendar release for a current Java, the long-term one for distributions with Java 17.
RELEASES = (
    Release("2026.08.1", 21, "org.neo4j.server.Neo4jCommunity", "server.fleet_discovery.enabled=false\n"),
    Release("5.26.30", 17, "org.neo4j.server.CommunityEntryPoint"),
)


def jars(release: Release) -> Path:
    """Return the folder of the release's jars, fetched at first use (about 150 MB, one to two minutes).

    UserError: no network or registry, a full disk, or the `neo4j` extra is not installed. A fetch that fails
    or is interrupted leaves no folder behind.
    """
    cache = Path(platformdirs.user_cache_dir("kcircuits")) / "neo4j"
    folder = cache / release.version
    if folder.exists():
        return folder
    if not importlib.util.find_spec("jgo"):
        raise UserError("a local Neo4j needs the neo4j extra; run: pip install 'knowledge-circuits[neo4j]'")
    try:
        _fetch(release, cache, folder)
    except (OSError, RuntimeError) as error:
        reason = textwrap.shorten(str(error), 160, placeholder=" …")
        raise UserError(
            f"the jars of Neo4j {release.version} cannot be fetched from Maven Central ({reason}); "
            "check the network and run the command again"
        ) from error
    return folder


def _fetch(release: Release, cache: Path, folder: Path) -> None:
    """Download into a folder of this process's own, then rename: `folder` is whole or not there."""
    cache.mkdir(parents=True, exist_ok=True)
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="fetch-") as work:
        whole = Path(work) / "lib"
        whole.mkdir()
        with console.status(f"Looking up the parts of Neo4j {release.version} …"):
            artifacts = _resolve(release, Path(work) / "maven")
        downloads = track(
            _download(artifacts), f"Fetching Neo4j {release.version}", total=len(artifacts), console=console
        )
        for jar in downloads:
            jar.rename(whole / jar.name)
        if not folder.exists():
            os.replace(whole, folder)


def _resolve(release: Release, repository: Path) -> list["Artifact"]:
    """Return the run-time class path of the server as Maven artifacts that download into `repository`."""
    from jgo.maven import MavenContext

    context = MavenContext(repo_cache=repository, timeout=60)
    names = (f"org.neo4j:neo4j:{release.version}", f"org.neo4j.app:neo4j-server:{release.version}")
    roots = [context.create_dependency(name) for name in names]
    inputs, transitive = context.resolver.resolve(roots)
    needed = [dependency for dependency in transitive if dependency.scope in ("compile", "runtime")]
    return [dependency.artifact for dependency in (*inputs, *needed)]


def _download(artifacts: list["Artifact"]) -> Iterator[Path]:
    """Yield each artifact's jar as it arrives, a few connections at a time."""
    pool = ThreadPoolExecutor(CONNECTIONS)
    try:
        yield from pool.map(_download_one, artifacts)
    finally:
        pool.shutdown(cancel_futures=True)


def _download_one(artifact: "Artifact") -> Path:
    """Return the artifact's jar; a broken download is tried again."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            jar = artifact.resolve()
            if zipfile.is_zipfile(jar):
                return jar
        except OSError:
            if attempt == ATTEMPTS:
                raise
        # The resolver takes whatever lies at this path for the whole file.
        if artifact.cached_path:
            artifact.cached_path.unlink(missing_ok=True)
    raise OSError(f"{artifact.filename} arrives broken")
