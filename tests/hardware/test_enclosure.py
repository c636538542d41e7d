"""test_enclosure: the STL in hardware/enclosure fit, can be printed, and cover RUN, BOOTSEL and SWD."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import manifold3d as mf
import numpy as np
import pytest
import trimesh
from PIL import Image

HARDWARE = Path(__file__).parents[2] / "hardware"
ENCLOSURE = HARDWARE / "enclosure"
TOUCHING = 0.05  # mm3: for touching faces, and for circles that are polygons
PRINTED = ("upper", "lower", "tray", "collar", "wipe-cap", "away-cap", "mode-cap")


@pytest.fixture(scope="module")
def case() -> Iterator[SimpleNamespace]:
    """The modules that need no CAD, and every part as a body."""
    before = set(sys.modules)
    sys.path.insert(0, str(ENCLOSURE))
    try:
        import bought
        import measures
        import placing
        import printability
        import reach
        import solids

        printed = solids.printed()
        panel, *_ = bought.PARTS
        assert panel.name == "panel"
        walls = mf.Manifold.batch_boolean([*printed.values(), solids.block(panel)], mf.OpType.Add)
        yield SimpleNamespace(
            bought=bought,
            m=measures,
            placing=placing,
            printability=printability,
            reach=reach,
            solids=solids,
            printed=printed,
            walls=walls,
        )
    finally:
        sys.path.remove(str(ENCLOSURE))
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(ENCLOSURE)):
                del sys.modules[name]


def cylinder(x: float, y: float, low: float, high: float, diameter: float) -> mf.Manifold:
    return mf.Manifold.cylinder(high - low, diameter / 2, circular_segments=32).translate((x, y, low))


def box(low: tuple[float, float, float], high: tuple[float, float, float]) -> mf.Manifold:
    return mf.Manifold.cube(tuple(b - a for a, b in zip(low, high, strict=True))).translate(low)


def common(a: mf.Manifold, b: mf.Manifold) -> float:
    """Volume (mm3) that two parts share."""
    return float((a ^ b).volume())


def hashed(names: list[str]) -> str:
    digest = hashlib.sha256()
    for name in names:
        digest.update((ENCLOSURE / name).read_bytes())
    return digest.hexdigest()


# --- the files belong together ------------------------------------------------------------------------------


def test_the_stl_are_up_to_date() -> None:
    made = json.loads((ENCLOSURE / "made.json").read_text(encoding="utf-8"))
    sources = [
        "../outline.toml",
        "../legends.toml",
        "measures.py",
        "lettering.py",
        "shells.py",
        "small_parts.py",
    ]
    assert made["sources_sha256"] == hashed(sources), "./dev hardware makes them again"
    for name, volume in made["volume_mm3"].items():
        mesh = trimesh.load_mesh(ENCLOSURE / "stl" / f"{name}.stl")
        assert mesh.volume == pytest.approx(volume, rel=0.01)
    assert set(made["volume_mm3"]) == set(PRINTED)
    assert {file.stem for file in (ENCLOSURE / "stl").iterdir()} == set(PRINTED)
    assert sum(file.stat().st_size for file in (ENCLOSURE / "stl").iterdir()) < 2_000_000


def test_the_pictures_are_up_to_date() -> None:
    sources = ["measures.py", "bought.py", "meshes.py", "scenes.py", "draw.py"]
    wanted = hashed([*sources, *(f"stl/{name}.stl" for name in PRINTED)])
    pages = "".join(
        (HARDWARE / page).read_text(encoding="utf-8") for page in ("assembly.md", "enclosure/README.md")
    )
    pictures = sorted((ENCLOSURE / "pictures").iterdir())
    assert len(pictures) >= 9
    for file in pictures:
        with Image.open(file) as picture:
            assert picture.info["source"] == wanted, f"{file.name}: ./dev hardware draws it again"
            shades = len(picture.convert("L").getcolors() or [])
        assert shades > 20, "the picture is not empty"
        assert f"pictures/{file.name}" in pages, "a page shows the picture"


def test_the_template_matches_the_outline(case: SimpleNamespace) -> None:
    import template

    drawn = (ENCLOSURE / "board-template.svg").read_text(encoding="utf-8")
    assert drawn == template.template(), "./dev hardware draws it again"
    outline = tomllib.loads((HARDWARE / "outline.toml").read_text(encoding="utf-8"))
    height, margin = outline["board"]["depth"], template.MARGIN
    for x, y in outline["mounting"]["holes"]:
        assert f'<circle cx="{x + margin:.2f}" cy="{height - y + margin:.2f}" r="1.35"/>' in drawn


def test_the_covered_contacts_are_where_the_pico_has_them(case: SimpleNamespace) -> None:
    targets = {target.name: target for target in case.bought.TARGETS}
    (pin,) = tomllib.loads((HARDWARE / "pins.toml").read_text(encoding="utf-8"))["forbidden"]["RUN"]
    assert 20 < pin <= 40, "on the right, USB to the back; pin 40 is the last one there"
    x, y = case.m.PICO_CENTRE
    rows = (8.89, 24.13 - 2.54 * (40 - pin))
    assert targets["RUN"].centre[:2] == pytest.approx((x + rows[0], y + rows[1]))
    pico = next(part for part in case.bought.PARTS if part.name == "pico")
    for target in targets.values():
        middle = target.centre[:2]
        assert all(low < value < high for low, value, high in zip(pico.low, middle, pico.high, strict=False))


# --- printing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRINTED)
def test_a_part_can_be_printed(case: SimpleNamespace, name: str) -> None:
    mesh = case.placing.on_bed(name)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert len(case.solids.solid(mesh).decompose()) == 1
    assert mesh.bounds[0][2] == pytest.approx(0, abs=0.01)
    assert (mesh.extents[:2] < case.printability.BED).all()
    assert case.printability.hanging_share(mesh) < 0.03, "the part needs no support"
    through = case.printability.thicknesses(mesh, case.solids.solid(mesh), 1000)
    assert len(through) > 990
    assert np.percentile(through, 1) >= 0.8, "two lines of a 0.4 mm nozzle"


def test_unprintable_parts_are_found(case: SimpleNamespace) -> None:
    plate = trimesh.creation.box((40, 40, 0.5))
    assert np.median(case.printability.thicknesses(plate, case.solids.solid(plate), 200)) < 0.6
    legs = mf.Manifold.cube((4, 4, 10))
    table = (box((0, 0, 10), (40, 40, 12)) + legs + legs.translate((36, 36, 0))).to_mesh()
    hanging = trimesh.Trimesh(table.vert_properties[:, :3], table.tri_verts)
    assert case.printability.hanging_share(hanging) > 0.3
    opened = trimesh.Trimesh(plate.vertices, plate.faces[1:])
    assert not opened.is_watertight
    with pytest.raises(ValueError, match="not a closed body"):
        case.solids.solid(opened)


# --- fit ----------------------------------------------------------------------------------------------------


def clashes(case: SimpleNamespace, bodies: dict[str, mf.Manifold]) -> list[str]:
    return [f"{a} in {b}" for a, b in combinations(bodies, 2) if common(bodies[a], bodies[b]) > TOUCHING]


def test_parts_do_not_overlap(case: SimpleNamespace) -> None:
    inside = {part.name: case.solids.block(part) for part in case.bought.PARTS}
    assert len(inside) == len(case.bought.PARTS)
    bodies = {**case.printed, **inside}
    assert clashes(case, bodies) == []
    raised = {**bodies, "pico": inside["pico"].translate((0, 0, 7))}
    assert clashes(case, raised) == ["tray in pico"]
    wide = {**bodies, "board": inside["board"].scale((1.04, 1, 1))}
    assert "lower in board" in clashes(case, wide)


def test_the_board_lies_on_its_bosses_and_posts(case: SimpleNamespace) -> None:
    lower, m = case.printed["lower"], case.m
    for x, y in m.BOARD_HOLES:
        near = [common(lower, box((x + dx, y, 5.2), (x + dx + 0.5, y + 0.5, 5.4))) for dx in (-2.5, 2.0)]
        assert near == pytest.approx([0.05, 0.05], rel=0.05)
        assert common(lower, cylinder(x, y, 1.0, 5.4, 1.8)) == pytest.approx(0), "a hole for its screw"
    for x, y in m.BOARD_POSTS:
        assert common(lower, cylinder(x, y, 5.2, 5.4, 3.0)) == pytest.approx(0.2 * 2.25 * np.pi, rel=0.02)
    screws = [common(case.walls, cylinder(x, y, -1, m.SPLIT + m.INSERT_DEEP, 3.0)) for x, y in m.SCREWS]
    assert screws == pytest.approx([0] * 4)


def test_the_window_shows_the_writing_area(case: SimpleNamespace) -> None:
    m = case.m
    (x, _), (wide, deep) = m.WINDOW_CENTRE, m.ACTIVE
    for more, free in ((0.5, True), (2.0, False)):
        low = (x - wide / 2 - more, m.ACTIVE_BACK - deep - more, m.PANEL_TOP + 0.1)
        over = box(low, (x + wide / 2 + more, m.ACTIVE_BACK + more, m.HEIGHT + 5))
        assert (common(case.printed["upper"], over) == pytest.approx(0)) is free
    assert m.HAND_REST > 25, "the palm rests in front of the glass, not on it"


def test_keys_move_and_stay_in(case: SimpleNamespace) -> None:
    still = {name: body for name, body in case.printed.items() if not name.endswith("cap")}
    for name in ("wipe-cap", "away-cap", "mode-cap"):
        for travel, free in ((-0.5, True), (0.3, True), (1.0, False)):
            moved = case.printed[name].translate((0, 0, travel))
            held = sum(common(moved, body) for body in still.values())
            assert (held < TOUCHING) is free, f"{name} by {travel} mm"


def test_the_collar_cannot_be_moved(case: SimpleNamespace) -> None:
    collar, upper = case.printed["collar"], case.printed["upper"]
    board = case.solids.block(next(part for part in case.bought.PARTS if part.name == "board"))
    assert common(collar.translate((0, 0, 0.5)), upper) > 1, "when pulled"
    assert common(collar.translate((0, 0, -0.5)), board) > 1, "when pushed"
    assert common(collar, upper) + common(collar, board) < TOUCHING


def test_the_wipe_key_is_found_by_touch(case: SimpleNamespace) -> None:
    m, face = case.m, case.m.HEIGHT
    top = {name: case.printed[name].bounding_box()[5] for name in PRINTED}
    assert top["collar"] - face >= 1.5
    assert max(top["away-cap"], top["mode-cap"]) <= top["collar"]
    assert top["wipe-cap"] < top["collar"], "the palm touches the rim, not the key"
    x, y = m.KEYS["WIPE"]
    dish = case.printed["wipe-cap"].ray_cast((x, y, face + 10), (x, y, face - 10))
    rim = case.printed["wipe-cap"].ray_cast((x + 6.5, y, face + 10), (x + 6.5, y, face - 10))
    assert rim[0].position[2] - dish[0].position[2] >= 1.0
    away, mode, wipe = (m.KEYS[key][0] for key in ("AWAY", "MODE", "WIPE"))
    assert wipe - mode > 1.5 * (mode - away)


# --- access from outside ----------------------------------------------------------------------------------------


def seen(case: SimpleNamespace, walls: mf.Manifold, name: str, rays: int) -> int:
    (target,) = (target for target in case.bought.TARGETS if target.name == name)
    return len(case.reach.sight_lines(case.reach.grid(walls), target, rays))


def touched(case: SimpleNamespace, walls: mf.Manifold) -> set[str]:
    reached = case.reach.flood(~case.reach.thickened(case.reach.grid(walls)))
    return {target.name for target in case.bought.TARGETS if case.reach.wire_touches(reached, target)}


def cable(case: SimpleNamespace, diameter: float, left: float, right: float) -> mf.Manifold:
    """A round cable along the axis of both saddles."""
    m = case.m
    bar = mf.Manifold.cylinder(right - left, diameter / 2, circular_segments=48).rotate((0, 90, 0))
    return bar.translate((left, m.CABLE_Y, m.CABLE_Z))


def drilled(case: SimpleNamespace, walls: mf.Manifold) -> mf.Manifold:
    """The case with the outlet of the hook contact's cable drilled open to its width."""
    m = case.m
    return walls - cable(case, m.HOOK_HOLE, m.WIDTH - m.WALL, m.WIDTH + 1)


def above(case: SimpleNamespace, name: str) -> Any:
    return next(target for target in case.bought.TARGETS if target.name == name).centre


@pytest.mark.slow
def test_no_straight_line_leads_to_run_bootsel_or_swd(case: SimpleNamespace) -> None:
    # Without board, plug and cable.
    assert [target.name for target in case.bought.TARGETS] == ["BOOTSEL", "BOOTSEL pad", "RUN", "SWD"]
    for target in case.bought.TARGETS:
        for walls in (case.walls, drilled(case, case.walls)):
            assert seen(case, walls, target.name, case.reach.DIRECTIONS) == 0, target.name


@pytest.mark.slow
def test_a_hole_to_each_contact_is_found(case: SimpleNamespace) -> None:
    for name in ("BOOTSEL", "RUN", "SWD"):
        x, y, _ = above(case, name)
        assert seen(case, case.walls - cylinder(x, y, -1, 6, 2.0), name, 4000) > 0
    without_tray = mf.Manifold.batch_boolean(
        [body for name, body in case.printed.items() if name != "tray"], mf.OpType.Add
    )
    assert seen(case, without_tray, "BOOTSEL", 1000) > 100, "through the window"


@pytest.mark.slow
def test_no_wire_reaches_the_contacts_past_the_cable(case: SimpleNamespace) -> None:
    m = case.m
    usb = cable(case, m.CABLE, -10, 50)
    assert touched(case, case.walls + usb) == set()
    everything = {target.name for target in case.bought.TARGETS}
    x, y, _ = above(case, "RUN")
    assert touched(case, case.walls + usb - cylinder(x, y, -1, 6, 2.0)) == everything
    assert touched(case, case.walls) == everything, (
        "without the cable, a bent wire gets in: the seal then shows it"
    )


@pytest.mark.slow
def test_no_wire_gets_in_past_the_hook_contacts_cable(case: SimpleNamespace) -> None:
    m = case.m
    opened = drilled(case, case.walls) + cable(case, m.CABLE, -10, 50)
    assert touched(case, opened + cable(case, m.HOOK_CABLE, 80, m.WIDTH + 10)) == set()
    assert touched(case, opened), "drilled without a cable, the hole lets a wire in"


def test_the_hook_contacts_outlet_is_closed_until_drilled(case: SimpleNamespace) -> None:
    m = case.m
    shells = case.printed["lower"] + case.printed["upper"]
    inside, gap = m.WIDTH - m.WALL, m.WIDTH - m.WALL + m.LIP_THICK
    for layer in (
        cable(case, m.HOOK_HOLE, inside, gap),
        cable(case, m.HOOK_HOLE, gap + m.LIP_GAP, m.WIDTH - m.HOOK_RECESS),
    ):
        assert common(shells, layer) == pytest.approx(layer.volume(), rel=0.01), "lip and wall are complete"
    bare = m.HOOK_CABLE - 2 * m.TEETH - 0.1
    for diameter, held in ((bare, False), (m.HOOK_CABLE, True)):
        within = common(shells, cable(case, diameter, m.WIDTH - 20, inside))
        assert (within > 1) is held, "the teeth press into the jacket, and nothing else touches the cable"
    assert common(drilled(case, shells), cable(case, bare, m.WIDTH - 20, m.WIDTH + 1)) < TOUCHING
    tie = box((m.WIDTH - 16, m.SADDLE_FRONT - 1, 5.2), (m.WIDTH - 14, m.SADDLE_BACK + 1, 6.5))
    assert common(shells, tie) < TOUCHING, "a slot for a cable tie"
