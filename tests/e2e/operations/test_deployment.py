"""What is shipped: the wheel, the image as far as one can tell by reading it, and what Docker Compose starts."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

import httpx
import pytest
import yaml
from jsonschema import Draft7Validator

from tests.conftest import NewDatabase
from tests.e2e.replication import running_replication
from tests.patience import PATIENCE

_ROOT = Path(__file__).parents[3]
_SCHEMA = _ROOT / "tests" / "data" / "compose-spec.json"
_PACKAGES = ("domain", "projections", "api", "seeds")
_SECRETS = {"POSTGRES_PASSWORD": "secret"}
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<word>[^}]*))?\}")
_RUNNING = re.compile(r"running on (http://[\w.:\[\]]+)")


class Instruction(NamedTuple):
    """A line of a Dockerfile."""

    name: str
    arguments: str


def _stages() -> list[list[Instruction]]:
    """Return the Dockerfile's instructions, stage by stage."""
    text = re.sub(r"^#.*\n", "", (_ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    stages: list[list[Instruction]] = []
    for line in filter(None, text.replace("\\\n", " ").splitlines()):
        instruction = Instruction(*line.split(maxsplit=1))
        if instruction.name == "FROM":
            stages.append([])
        stages[-1].append(instruction)
    return stages


def _in_image(name: str) -> list[str]:
    """Return the arguments of all instructions of a kind in the stage that becomes the image."""
    return [instruction.arguments for instruction in _stages()[-1] if instruction.name == name]


def _resolve(value: Any, variables: Mapping[str, str]) -> Any:
    """Put variables in, as Docker Compose does."""
    if isinstance(value, dict):
        return {key: _resolve(each, variables) for key, each in value.items()}
    if isinstance(value, list):
        return [_resolve(each, variables) for each in value]
    if not isinstance(value, str):
        return value

    def replace(found: re.Match[str]) -> str:
        if given := variables.get(found["name"]):
            return given
        if found["kind"] == "?":
            raise LookupError(f"{found['name']}: {found['word']}")
        return found["word"] or ""

    return _VARIABLE.sub(replace, value)


def _compose(**variables: str) -> dict[str, Any]:
    """Return the compose file with variables put in."""
    read = yaml.safe_load((_ROOT / "docker-compose.yml").read_text("utf-8"))
    resolved: dict[str, Any] = _resolve(read, variables)
    return resolved


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """Return the compose file's services, as they are with nothing set but the password."""
    found: dict[str, Any] = _compose(**_SECRETS)["services"]
    return found


class TestComposeFile:
    def test_follows_the_specification(self) -> None:
        Draft7Validator(json.loads(_SCHEMA.read_text("utf-8"))).validate(_compose(**_SECRETS))

    def test_wants_a_password(self) -> None:
        with pytest.raises(LookupError, match="POSTGRES_PASSWORD"):
            _compose()

    def test_keeps_the_data_of_a_current_postgresql(self, services: dict[str, Any]) -> None:
        postgres = services["postgres"]
        version = re.fullmatch(r"postgres:(\d+)(\.\d+)?(-\w+)?", postgres["image"])
        assert version is not None
        major = int(version[1])
        assert major >= 17
        (volume,) = postgres["volumes"]
        name, folder = volume.split(":")
        assert name in _compose(**_SECRETS)["volumes"]
        assert folder == ("/var/lib/postgresql" if major >= 18 else "/var/lib/postgresql/data")

    @pytest.mark.parametrize("name", ["postgres", "api", "worker", "standby", "replica"])
    def test_gives_a_container_no_more_than_it_needs(self, services: dict[str, Any], name: str) -> None:
        service = services[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "/tmp" in service["tmpfs"]  # noqa: S108  # of the container
        assert ("cap_add" in service) == (name == "postgres")

    def test_waits_for_what_is_needed(self, services: dict[str, Any]) -> None:
        healthy = {"condition": "service_healthy"}
        assert "pg_isready" in services["postgres"]["healthcheck"]["test"]
        assert services["api"]["depends_on"] == {"postgres": healthy}
        assert services["worker"]["depends_on"] == {"postgres": healthy, "api": healthy}
        assert "healthcheck" not in services["api"], "its health is the image's check"

    def test_publishes_the_api_alone_and_on_loopback_unless_told(self, services: dict[str, Any]) -> None:
        published = {name: service["ports"] for name, service in services.items() if "ports" in service}
        assert published == {"api": ["127.0.0.1:8000:8000"], "replica": ["127.0.0.1:8001:8000"]}
        assert not any("network_mode" in service for service in services.values())
        opened = _compose(**_SECRETS, DETENTE_PUBLISH="0.0.0.0")  # noqa: S104  # asked for
        assert opened["services"]["api"]["ports"] == ["0.0.0.0:8000:8000"]

    def test_starts_a_replica_only_where_it_is_asked_for(self, services: dict[str, Any]) -> None:
        assert {name for name, service in services.items() if "profiles" in service} == {"standby", "replica"}
        replica, standby = services["replica"], services["standby"]
        assert replica["profiles"] == standby["profiles"] == ["replica"]
        assert standby["image"] == services["postgres"]["image"]
        api = services["api"]["environment"]
        assert standby["environment"] == {"PRIMARY": api["DETENTE_DATABASE_URL"]}
        standbys = api["DETENTE_DATABASE_URL"].replace("@postgres:", "@standby:")
        its_own = {"DETENTE_DATABASE_URL": standbys, "DETENTE_ROLE": "replica"}
        assert replica["environment"] == {**api, **its_own, "DETENTE_PRIMARY": "http://127.0.0.1:8000"}
        assert replica["image"] == services["api"]["image"]
        whole = _compose(**_SECRETS)
        for name in ("postgres", "standby"):
            assert services[name]["configs"] == [{"source": "hba", "target": "/etc/detente-hba.conf"}]
            assert "hba_file=/etc/detente-hba.conf" in " ".join(services[name]["command"])
        assert "host replication all all scram-sha-256" in whole["configs"]["hba"]["content"].splitlines()
        assert standby["volumes"] == ["standby:/var/lib/postgresql"]
        assert "standby" in whole["volumes"]

    def test_leaves_the_folding_to_the_worker(self, services: dict[str, Any]) -> None:
        assert services["api"]["environment"] == services["worker"]["environment"]
        assert services["api"]["environment"]["DETENTE_PROJECTOR"] == "none"
        url = services["api"]["environment"]["DETENTE_DATABASE_URL"]
        database = services["postgres"]["environment"]
        assert url == (
            f"postgresql://{database['POSTGRES_USER']}:{database['POSTGRES_PASSWORD']}"
            f"@postgres:5432/{database['POSTGRES_DB']}"
        )

    def test_starts_again_what_fails(self, services: dict[str, Any]) -> None:
        assert {service["restart"] for service in services.values()} == {"unless-stopped"}

    def test_gives_api_and_worker_the_image_that_it_builds(self, services: dict[str, Any]) -> None:
        assert services["api"]["build"] == "."
        assert services["api"]["pull_policy"] == "build"
        assert services["api"]["image"] == services["worker"]["image"]
        assert services["worker"]["pull_policy"] == "never"


class TestImage:
    def test_runs_as_a_user_who_is_not_root(self, services: dict[str, Any]) -> None:
        (user,) = _in_image("USER")
        assert int(user) > 0
        assert {name for name, service in services.items() if "user" in service} == {"standby"}
        assert services["standby"]["user"] == "postgres"
        after = [name for name, _ in _stages()[-1]]
        assert "RUN" not in after[after.index("USER") :]

    def test_serves_with_the_seeds_on_all_addresses_of_the_container(self) -> None:
        assert json.loads(_in_image("CMD")[0]) == ["detente", "serve", "--seed"]
        assert _in_image("ENTRYPOINT") == []
        assert _in_image("EXPOSE") == ["8000"]
        assert "DETENTE_HOST=0.0.0.0" in _in_image("ENV")[0].split()

    def test_is_of_the_python_that_the_constraints_are_made_with(self) -> None:
        images = {stage[0].arguments.split()[0] for stage in _stages()}
        assert images == {"python:3.11-slim"}
        assert "version_info[:2] != (3, 11)" in (_ROOT / "Makefile").read_text("utf-8")


class TestConstraints:
    def test_are_names_and_exact_versions_only(self) -> None:
        lines = (_ROOT / "constraints.txt").read_text("utf-8").splitlines()
        pins = [line for line in lines if not line.startswith("#")]
        assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9A-Za-z.!+]+", line)] == []
        assert len(pins) > 50
        assert pins == sorted(pins, key=str.upper)  # as `sort -f` does


class TestWheel:
    def test_of_what_the_image_copies_holds_the_packages_and_no_tests(self, tmp_path: Path) -> None:
        source = tmp_path / "source"
        _copy_as_the_dockerfile_does(source)
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
        subprocess.run([*command, "--wheel-dir", str(tmp_path), str(source)], check=True, timeout=300)
        (wheel,) = tmp_path.glob("detente-*.whl")
        with ZipFile(wheel) as archive:
            names = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert names == {
            file.relative_to(_ROOT).as_posix()
            for package in _PACKAGES
            for file in (_ROOT / package).rglob("*")
            if file.is_file() and "__pycache__" not in file.parts
        }
        assert {"seeds/actors.csv", "seeds/idlib-2020.json", "api/py.typed"} <= names

    def test_brings_the_licence(self, tmp_path: Path) -> None:
        source = tmp_path / "source"
        _copy_as_the_dockerfile_does(source)
        with ZipFile(_build("wheel", source, tmp_path)) as archive:
            assert [name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE")]


class TestSourceDistribution:
    def test_holds_the_packages_the_licence_and_no_tests(self, tmp_path: Path) -> None:
        with tarfile.open(_build("sdist", _ROOT, tmp_path)) as archive:
            names = {name.split("/", 1)[1] for name in archive.getnames()}
        assert {name.split("/")[0] for name in names} == {
            *_PACKAGES,
            *("README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "PKG-INFO", ".gitignore"),
        }
        assert {"seeds/actors.csv", "api/py.typed", "projections/scoring/models/pressure.py"} <= names


def _build(kind: str, source: Path, folder: Path) -> Path:
    """Build a distribution, `wheel` or `sdist`; return its file."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(folder)]
    subprocess.run(command, cwd=source, check=True, timeout=300, stdout=subprocess.DEVNULL)
    (built,) = (file for file in folder.glob("detente-*") if file.is_file())
    return built


def _copy_as_the_dockerfile_does(target: Path) -> None:
    target.mkdir()
    for name, arguments in _stages()[0]:
        if name != "COPY":
            continue
        *sources, folder = arguments.split()
        for source in sources:
            assert f"!{source}" in (_ROOT / ".dockerignore").read_text("utf-8").splitlines()
            if (_ROOT / source).is_dir():
                shutil.copytree(_ROOT / source, target / folder, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(_ROOT / source, target / folder)


class TestWhatComposeStarts:
    def test_serves_what_the_worker_folds_and_ends_well(
        self, services: dict[str, Any], new_postgres_database: NewDatabase, tmp_path: Path
    ) -> None:
        environment = _environment(services, new_postgres_database())
        with _started(services["api"]["command"], environment, tmp_path / "refused.log") as api:
            assert api.wait(timeout=PATIENCE) == 1, "it serves on all addresses, and there is no key"
            assert "detente key create" in (tmp_path / "refused.log").read_text()
        headers = {"Authorization": f"Bearer {_made_key(environment, tmp_path)}"}
        with (
            _started(services["api"]["command"], environment, tmp_path / "api.log") as api,
            httpx.Client(
                base_url=_address(api, tmp_path / "api.log"), headers=headers, timeout=PATIENCE
            ) as client,
        ):
            assert _healthcheck(environment, client.base_url.port) == 0
            health = client.get("/health").json()
            assert health["log_position"] > 0, "the seeds are in the log"
            assert health["projections"][0]["position"] == 0, "the api folds nothing"

            with _started(services["worker"]["command"], environment, tmp_path / "worker.log") as worker:
                as_of = {"as_of": "2020-02-12", "min_position": health["log_position"]}
                relation = client.get("/v1/relations/SYR/TUR", params=as_of)
                assert relation.status_code == 200, relation.text
                assert relation.json()["state"] == "open_conflict"
                worker.terminate()
                assert worker.wait(timeout=PATIENCE) == 0, (tmp_path / "worker.log").read_text()

            api.terminate()
            assert api.wait(timeout=PATIENCE) == 0, (tmp_path / "api.log").read_text()

    def test_replicates_what_the_api_records(self, services: dict[str, Any], tmp_path: Path) -> None:
        with running_replication() as pair:
            environment = _environment(services, pair.primary)
            headers = {"Authorization": f"Bearer {_made_key(environment, tmp_path)}"}
            (script,) = services["standby"]["command"]
            folder = "-c hba_file=/etc/detente-hba.conf"
            assert script.count(folder) == 1
            script = script.replace(folder, pair.standby_options).replace("$$", "$")
            run = [*services["standby"]["entrypoint"], script]
            its_own = {"PGDATA": str(pair.data), "PRIMARY": pair.primary}
            with (
                pair.standby_of_script(run, its_own),
                _started(
                    services["replica"]["command"],
                    environment | services["replica"]["environment"] | {"DETENTE_DATABASE_URL": pair.standby},
                    tmp_path / "replica.log",
                ) as replica,
            ):
                address = _address(replica, tmp_path / "replica.log")
                with httpx.Client(base_url=address, headers=headers, timeout=PATIENCE) as client:
                    assert client.get("/health").json()["replica"]["is_connected"] is True
                    refused = client.post("/v1/articles", json={})
                    assert (refused.status_code, "http://127.0.0.1:8000" in refused.text) == (421, True)
                replica.terminate()
                assert replica.wait(timeout=PATIENCE) == 0, (tmp_path / "replica.log").read_text()


def _made_key(environment: dict[str, str], folder: Path) -> str:
    """Make a key as the guide says, by a command in a container of the api; return it."""
    guide = (_ROOT / "docs" / "how-to" / "run-on-postgresql.md").read_text("utf-8")
    (command,) = re.findall(r"^docker compose run --rm api (detente key create .*)$", guide, re.MULTILINE)
    assert command in (_ROOT / "docker-compose.yml").read_text("utf-8")
    executable, *arguments = command.split()
    run = [Path(sys.executable).with_name(executable), *arguments]
    made = subprocess.run(
        run, env=environment, cwd=folder, check=True, capture_output=True, text=True, timeout=PATIENCE
    )
    return made.stdout.strip()


def _environment(services: dict[str, Any], database_url: str) -> dict[str, str]:
    """Return the environment that api and worker have in their containers, on another database and a free port."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("DETENTE_")}
    theirs: dict[str, str] = services["api"]["environment"]
    image = dict(
        setting.split("=", 1) for setting in _in_image("ENV")[0].split() if setting.startswith("DETENTE_")
    )
    elsewhere = {"DETENTE_DATABASE_URL": database_url, "DETENTE_PORT": "0"}
    patience = {"DETENTE_WAIT_TIMEOUT": "100"}  # a busy machine folds late; that is not what we look at
    return ours | image | theirs | elsewhere | patience


@contextmanager
def _started(command: list[str], environment: dict[str, str], log_file: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of the image, whose executables are those beside our Python; end it if it still runs."""
    executable = Path(sys.executable).with_name(command[0])
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            [executable, *command[1:]], env=environment, cwd=log_file.parent, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=PATIENCE)


def _address(process: subprocess.Popen[bytes], log_file: Path) -> str:
    """Return the address that a server says it runs on, once it does."""
    while process.poll() is None:
        if found := _RUNNING.search(log_file.read_text()):
            return found[1]
        try:
            process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError(f"the server did not start:\n{log_file.read_text()}")


def _healthcheck(environment: dict[str, str], port: int | None) -> int:
    """Run the image's check against a server, and return how it ended."""
    (check,) = _in_image("HEALTHCHECK")
    command: list[str] = json.loads(check.partition(" CMD ")[2])
    assert command[0] == "python"
    environment = environment | {"DETENTE_PORT": str(port), "http_proxy": "http://127.0.0.1:9"}
    return subprocess.run(
        [sys.executable, *command[1:]], env=environment, check=False, timeout=PATIENCE
    ).returncode
