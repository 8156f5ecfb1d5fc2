"""The soak: what it makes of its samples, its plot, and one of some seconds on both interpreters."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from pyralis.deploy import cli
from pyralis.deploy.bench.plot import Chart, plot
from pyralis.deploy.bench.runtimes import NUMBA, VIPER
from pyralis.deploy.bench.soak import IMAGE, SoakBench, Soaked, soak_plot, soak_table
from pyralis.deploy.running import running

if TYPE_CHECKING:
    from pyralis.deploy.rig import Rig

SVG = "{http://www.w3.org/2000/svg}"


def soaked(kind: str, *used_bytes: int) -> Soaked:
    return Soaked(kind, list(enumerate(used_bytes)), changes=1234, pages=9, fps=[60, 58])


def test_growth_is_the_gain_of_the_line_after_warm_up() -> None:
    one = soaked(VIPER, 1000, 9000, *range(9000, 9900, 100))
    assert one.warm[0] == (2, 9000)
    assert one.growth_bytes == 800
    assert one.swing_bytes == 800


def test_what_only_goes_up_and_down_is_no_growth() -> None:
    one = soaked(VIPER, 0, 0, 500, 700, 500, 700, 500, 700, 500, 700, 500)
    assert abs(one.growth_bytes) < 60
    assert one.swing_bytes == 200


def test_growth_above_the_target_is_missed(rig: Rig) -> None:
    bench = SoakBench(rig)
    bench.soaked = [soaked(VIPER, *range(0, 110_000, 10_000)), soaked(NUMBA, *[5] * 11)]
    assert bench.find_missed() == ["MicroPython, viper grows by 78.1 KB (target 2.0)"]


def test_the_table_has_a_row_for_each_interpreter(rig: Rig) -> None:
    bench = SoakBench(rig)
    bench.soaked = [soaked(VIPER, *[2048] * 5, 3072), soaked(NUMBA, *[1024] * 6)]
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in soak_table(bench).splitlines()[2:]]
    assert rows == [
        ["MicroPython, viper", "1,234", "9", "2.0", "3.0", "+0.8", "1.0", "58"],
        ["CPython, numba", "1,234", "9", "1.0", "1.0", "+0.0", "0.0", "58"],
    ]


def test_the_plot_shows_every_sample_within_its_bounds(rig: Rig) -> None:
    bench = SoakBench(rig)
    bench.soaked = [soaked(VIPER, 150_000, 160_000, 158_000), soaked(NUMBA, 10**8, 10**8)]
    root = ET.fromstring(soak_plot(bench))  # noqa: S314  # made here
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    lines = [line.attrib["points"].split() for line in root.iter(f"{SVG}polyline")]
    assert [len(line) for line in lines] == [3, 2]
    for point in (point for line in lines for point in line):
        x, y = map(float, point.split(","))
        assert 0 <= x <= width
        assert 0 <= y <= height


@pytest.mark.parametrize("values", [(0, 0), (5, 5), (0.001, 0.002), (-3, 400_000), (7,)])
def test_any_values_can_be_plotted(values: tuple[float, ...]) -> None:
    text = plot([Chart("Lights & <more>", list(enumerate(values)), "KB")])
    root = ET.fromstring(text)  # noqa: S314  # made here
    labels = [label.text for label in root.iter(f"{SVG}text")]
    assert labels[0] == "Lights & <more>"
    assert 6 < len(labels) < 20


def test_a_soak_of_some_seconds_writes_page_and_plot(
    rig: Rig, micropython: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["bench", "soak", "--minutes", "0.1", "--rig", str(rig.root)]) == 0
    page = (rig.root / "docs" / "memory.md").read_text(encoding="utf-8")
    assert "| MicroPython, viper |" in page
    assert f"(img/{IMAGE})" in page
    assert (rig.root / "docs" / "img" / IMAGE).read_text(encoding="utf-8").startswith("<svg")
    assert running(rig) == []


@pytest.mark.parametrize("text", ["0", "-1", "nan", "soon", "1e9"])
def test_a_wrong_duration_is_a_wrong_argument(text: str, rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(["bench", "soak", f"--minutes={text}", "--rig", str(rig.root)])
    assert raised.value.code == 2
    assert "is not a number of minutes" in capsys.readouterr().err
