"""The Java that Spark runs on: it is the system's, and has to be new enough."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

from domain.log.archives.manifest import ArchiveRefused

OLDEST: Final = 17  #: of Spark 4
_WAY_OUT: Final = (
    f"install Java {OLDEST} or newer (on Debian and Ubuntu: apt-get install openjdk-{OLDEST}-jre-headless), or set"
    " JAVA_HOME to where it is"
)


def check_java() -> None:
    """Raise `ArchiveRefused`, saying what to install, unless Spark finds a Java that is new enough."""
    java = _java()
    if java is None:
        raise ArchiveRefused(f"Spark needs Java, and there is none: {_WAY_OUT}")
    try:
        asked = [java, "-version"]
        said = subprocess.run(asked, capture_output=True, text=True, check=False).stderr  # noqa: S603  # as Spark will
    except OSError as error:
        raise ArchiveRefused(f"Spark needs Java, and {java} does not run, {error.strerror}: {_WAY_OUT}") from error
    version = version_of(said)
    if version is None:
        raise ArchiveRefused(f"{java} does not say which version of Java it is: {_WAY_OUT}")
    if version < OLDEST:
        raise ArchiveRefused(f"Spark needs Java {OLDEST}, and {java} is Java {version}: {_WAY_OUT}")


def version_of(said: str) -> int | None:
    """Return which Java it is by what `java -version` said, None if that tells none. Java 8 called itself 1.8."""
    found = re.search(r'version "(?:1\.)?(\d+)', said)
    return None if found is None else int(found[1])


def _java() -> str | None:
    """Return the Java that Spark takes, None if it would find none."""
    if home := os.environ.get("JAVA_HOME"):
        java = Path(home) / "bin" / "java"
        if not java.is_file():
            raise ArchiveRefused(f"JAVA_HOME is {home}, where there is no bin/java: {_WAY_OUT}")
        return str(java)
    return shutil.which("java")
