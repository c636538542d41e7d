"""test_spec_files: panels.toml and call_line.toml are complete and consistent."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import pytest
from kesu.emulator.panel.panels import CONTROLLERS, FILM_MODELS, TOUCH_CHIPS
from kesu.spec import call_line
from kesu.spec.panels import DEFAULT_PANEL, FILE, FILMS, PANELS, Film, Panel, films_of, left_out, read
from kesu.spec.policy import LANGUAGES

FIRMWARE = FILE.parents[3] / "firmware"


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)
def test_a_panel_has_models_a_film_of_its_own_name_and_consistent_sizes(panel: Panel) -> None:
    assert panel.controller in CONTROLLERS
    assert panel.touch.chip in TOUCH_CHIPS
    assert films_of(panel.name)[0].key == panel.name
    assert panel.plane_bytes * 8 >= panel.width * panel.height
    for pixels, mm in zip((panel.width, panel.height), panel.active_mm, strict=True):
        assert mm / pixels == pytest.approx(panel.pitch_mm, rel=0.01)
    across, along = panel.active_mm
    assert (across**2 + along**2) ** 0.5 / 25.4 == pytest.approx(panel.inch, rel=0.02)
    assert panel.body.left + across <= panel.body.width
    assert panel.body.top + along <= panel.body.height


@pytest.mark.parametrize("film", FILMS.values(), ids=FILMS)
def test_a_film_has_a_model_and_a_title_in_every_language(film: Film) -> None:
    assert film.name in FILM_MODELS
    assert film.key == film.panel.name or film.key.startswith(f"{film.panel.name}-")
    assert film.title.keys() == set(LANGUAGES)
    assert (film.words == "") == (film.key == film.panel.name)
    assert film.panel.clean_at_ms < film.ready_after_ms <= film.ready_bound_ms


def test_titles_differ() -> None:
    for language in LANGUAGES:
        assert len({film.title[language] for film in FILMS.values()}) == len(FILMS)


def test_drivers_of_other_panels_are_left_out() -> None:
    every = {path for panel in PANELS.values() for path in panel.files}
    for name, panel in PANELS.items():
        assert left_out(name) == every - panel.files
        assert {driver.path for driver in panel.drivers} < panel.files
        assert all((FIRMWARE / path).is_file() for path in panel.files)


def test_a_changed_file_gives_other_panels_and_a_faulty_one_is_refused() -> None:
    text = FILE.read_text(encoding="utf-8")
    panels, films, default = read(text.replace("width = 400", "width = 408"))
    assert panels[DEFAULT_PANEL].width == 408
    assert films[DEFAULT_PANEL].panel is panels[DEFAULT_PANEL] is default
    with pytest.raises(TypeError, match="colour"):
        read(text.replace("turned = false", 'turned = false\ncolour = "red"'))
    with pytest.raises(TypeError, match="turned"):
        read(text.replace("turned = false", ""))


def test_call_bytes_are_single_and_different() -> None:
    found = [one.byte for one in call_line.CALL_BYTES.values()]
    assert all(len(byte) == 1 and byte.isalpha() for byte in found)
    assert len(set(found)) == len(found)
    named = [getattr(call_line, name.upper()) for name in call_line.CALL_BYTES]
    assert named == found, "each byte has a constant of its name"


def test_bytes_that_wipe_are_those_marked_so() -> None:
    marked = {one.byte for one in call_line.CALL_BYTES.values() if one.wipes == "always"}
    assert {bytes([byte]) for byte in call_line.WIPING} == marked
    assert set(call_line.MAY_WIPE) - set(call_line.WIPING) == set(call_line.WRAP_UP)
    assert call_line.ENDED in marked
    assert call_line.MUTED not in marked
