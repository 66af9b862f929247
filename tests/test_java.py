"""Which Java the laptop runtime takes, and what it says to whoever has none."""

import platform
import sys

import pytest

from toolchain import java_finder

java = java_finder()
SETTINGS = (
    "echo '    java.home = {home}\n    java.specification.version = {release}' >&2"
)


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts a Java into a folder; without it, this machine has none anywhere."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(java, "_USUAL_HOMES", (f"{tmp_path}/usual/*",))

    def install(folder, release="", modules="jdk.incubator.vector", script="exit 1"):
        home = tmp_path / folder
        (home / "bin").mkdir(parents=True)
        (home / "bin/java").write_text(f"#!/bin/sh\n{script}\n")
        (home / "bin/java").chmod(0o755)
        if release:
            (home / "release").write_text(
                f'IMPLEMENTOR="X"\nJAVA_VERSION="{release}"\nMODULES="{modules}"\n'
            )
        return home

    return install


@pytest.mark.parametrize(
    "release, major", [("17.0.15", 17), ("21", 21), ("21.0.1", 21)]
)
def test_a_supported_java_in_a_usual_folder_is_found(install, release, major):
    home = install("usual/some-jdk", release)

    assert java.find_java() == java.Java(home, major)


@pytest.mark.parametrize("release", ["1.8.0_452", "11.0.2", "18", "25.0.3", "170", ""])
def test_another_release_is_passed_over(install, release):
    install("usual/some-jdk", release)

    assert java.find_java() is None


def test_a_runtime_without_the_module_that_spark_asks_for_is_passed_over(install):
    install("usual/cut-down", "17.0.15", modules="java.base java.sql")

    assert java.find_java() is None


def test_java_home_comes_before_the_path_and_that_before_the_usual_folders(
    install, monkeypatch
):
    usual = install("usual/jdk-17", "17")
    assert java.find_java().home == usual

    on_path = install("elsewhere/jdk-17", "17")
    monkeypatch.setenv("PATH", str(on_path / "bin"))
    assert java.find_java().home == on_path

    chosen = install("chosen", "21")
    monkeypatch.setenv("JAVA_HOME", str(chosen))
    assert java.find_java().home == chosen


def test_a_java_home_that_spark_cannot_use_does_not_hide_one_that_it_can(
    install, monkeypatch
):
    monkeypatch.setenv("JAVA_HOME", str(install("too-new", "25.0.3")))
    good = install("usual/jdk-21", "21.0.1")

    assert java.find_java().home == good


def test_a_link_on_the_path_leads_to_the_home_of_its_java(
    install, tmp_path, monkeypatch
):
    home = install("somewhere/jdk-17", "17.0.15")
    (tmp_path / "path").mkdir()
    (tmp_path / "path/java").symlink_to(home / "bin/java")

    assert java.find_java() == java.Java(home, 17)


def test_a_version_managers_shim_is_asked_where_its_java_lies(install, tmp_path):
    script = SETTINGS.format(home="/managed/jdk-21", release="21")
    install("shims", script=script).joinpath("bin").rename(tmp_path / "path")

    found = java.find_java()
    assert (str(found.home), found.major) == ("/managed/jdk-21", 21)


def test_a_stand_in_that_only_prints_where_to_get_java_is_passed_over(
    install, tmp_path
):
    script = "echo 'Unable to locate a Java Runtime.' >&2; exit 1"
    install("stand-in", script=script).joinpath("bin").rename(tmp_path / "path")

    assert java.find_java() is None


@pytest.mark.parametrize(
    "system, release, command",
    [
        ("linux", {"ID": "debian", "VERSION_ID": "12"}, "apt-get install openjdk-17-"),
        ("linux", {"ID": "debian", "VERSION_ID": "13"}, "apt-get install openjdk-21-"),
        ("linux", {"ID": "debian"}, "apt-get install openjdk-21-"),
        (
            "linux",
            {"ID": "ubuntu", "ID_LIKE": "debian", "VERSION_ID": "24.04"},
            "apt-get install openjdk-21-",
        ),
        ("linux", {"ID": "fedora"}, "dnf install java-21-openjdk"),
        ("linux", {"ID": "rocky", "ID_LIKE": "rhel centos fedora"}, "dnf install"),
        (
            "linux",
            {"ID": "opensuse-leap", "ID_LIKE": "suse opensuse"},
            "zypper install",
        ),
        ("linux", {"ID": "arch"}, "pacman -S jre21-openjdk"),
        ("linux", {"ID": "nixos"}, "install Eclipse Temurin 21"),
        ("darwin", {}, "brew install openjdk@21"),
        ("win32", {}, "winget install EclipseAdoptium.Temurin.21.JDK"),
    ],
)
def test_the_hint_is_one_sentence_with_the_command_of_the_platform(
    install, monkeypatch, system, release, command
):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: release)

    hint = java.install_hint()
    assert hint.startswith("Spark needs Java 17 or 21 and none was found: ")
    assert command in hint
    assert "\n" not in hint


def test_the_hint_names_what_was_found_instead(install):
    install("usual/a", "25.0.3")
    install("usual/b", "11.0.2")

    assert "only Java 11, 25 was found" in java.install_hint()
