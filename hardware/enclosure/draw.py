"""draw: pictures of the enclosure from its STL: whole, exploded, cut, and step by step.

Run by ./dev hardware; VTK renders without a screen. scenes.py says what is in each picture.
"""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import placing
import scenes
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")  # before vtk is used: no X server

import vtk
from vtk.util.numpy_support import vtk_to_numpy

HERE = Path(__file__).parent
SOURCES = ("measures.py", "bought.py", "meshes.py", "scenes.py", "draw.py")
OVERSAMPLE = 2
COLOURS = 192
MARGIN = 24  # white pixels round the parts


def capped(mesh: vtk.vtkPolyData, view: scenes.View) -> vtk.vtkPolyData:
    """The mesh, cut and closed again."""
    if view.cut is None:
        return mesh
    plane = vtk.vtkPlane()
    plane.SetOrigin(*view.cut[0])
    plane.SetNormal(*view.cut[1])
    planes = vtk.vtkPlaneCollection()
    planes.AddItem(plane)
    clean = vtk.vtkCleanPolyData()
    clean.SetInputData(mesh)
    clip = vtk.vtkClipClosedSurface()
    clip.SetInputConnection(clean.GetOutputPort())
    clip.SetClippingPlanes(planes)
    clip.SetScalarModeToNone()
    clip.Update()
    return clip.GetOutput()


def actors(shown: scenes.Shown, view: scenes.View) -> list[vtk.vtkActor]:
    """Surface and edges of a part."""
    normals = vtk.vtkPolyDataNormals()
    normals.SetInputData(capped(shown.mesh, view))
    normals.SetFeatureAngle(30)
    normals.SplittingOn()
    surface = vtk.vtkActor()
    mapper = vtk.vtkPolyDataMapper()
    mapper.SetInputConnection(normals.GetOutputPort())
    mapper.ScalarVisibilityOff()
    mapper.SetResolveCoincidentTopologyToPolygonOffset()
    surface.SetMapper(mapper)
    surface.GetProperty().SetColor(*shown.colour)
    surface.GetProperty().SetAmbient(0.25)
    surface.GetProperty().SetDiffuse(0.75)
    clean = vtk.vtkCleanPolyData()
    clean.SetInputConnection(normals.GetOutputPort())
    edges = vtk.vtkFeatureEdges()
    edges.SetInputConnection(clean.GetOutputPort())
    edges.SetFeatureAngle(30)
    edges.BoundaryEdgesOn()
    edges.NonManifoldEdgesOff()
    edges.ManifoldEdgesOff()
    edges.ColoringOff()
    lines = vtk.vtkActor()
    line_mapper = vtk.vtkPolyDataMapper()
    line_mapper.SetInputConnection(edges.GetOutputPort())
    line_mapper.ScalarVisibilityOff()
    lines.SetMapper(line_mapper)
    lines.GetProperty().SetColor(0.10, 0.10, 0.12)
    lines.GetProperty().SetLineWidth(0.6 * OVERSAMPLE)
    lines.GetProperty().LightingOff()
    for actor in (surface, lines):
        actor.SetPosition(*shown.lift)
    return [surface, lines]


def render(scene: list[scenes.Shown], view: scenes.View) -> Image.Image:
    """The scene on white, all of it in the picture."""
    renderer = vtk.vtkRenderer()
    renderer.SetBackground(1, 1, 1)
    for shown in scene:
        for actor in actors(shown, view):
            renderer.AddActor(actor)
    kit = vtk.vtkLightKit()
    kit.SetKeyLightIntensity(0.72)
    kit.SetKeyToFillRatio(2.0)
    kit.AddLightsToRenderer(renderer)
    window = vtk.vtkRenderWindow()
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(0)
    window.SetSize(view.size[0] * OVERSAMPLE, view.size[1] * OVERSAMPLE)
    window.AddRenderer(renderer)
    camera = renderer.GetActiveCamera()
    bounds = renderer.ComputeVisiblePropBounds()
    focus = [(bounds[i] + bounds[i + 1]) / 2 for i in (0, 2, 4)]
    camera.SetFocalPoint(*focus)
    camera.SetPosition(*(f + 400 * d for f, d in zip(focus, view.direction, strict=True)))
    camera.SetViewUp(*view.up)
    camera.SetViewAngle(18)
    renderer.ResetCamera()
    renderer.ResetCameraClippingRange()
    window.Render()
    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.ReadFrontBufferOff()
    grab.Update()
    image = grab.GetOutput()
    wide, high, _ = image.GetDimensions()
    pixels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(high, wide, -1)[::-1, :, :3]
    picture = Image.fromarray(np.ascontiguousarray(pixels)).resize(view.size, Image.Resampling.LANCZOS)
    left, upper, right, lower = ImageOps.invert(picture).getbbox()
    return picture.crop((left - MARGIN, upper - MARGIN, right + MARGIN, lower + MARGIN))


def digest() -> str:
    """Of what the pictures show: the tests find out by it when a picture is older than its source."""
    hashed = hashlib.sha256()
    for source in SOURCES:
        hashed.update((HERE / source).read_bytes())
    for name in placing.PRINTED:
        hashed.update((placing.STL / f"{name}.stl").read_bytes())
    return hashed.hexdigest()


def save(name: str, picture: Image.Image) -> None:
    """PNG with few colours, only the bytes that it needs; `digest` in it."""
    note = PngInfo()
    note.add_text("source", digest())
    small = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    small.save(HERE / "pictures" / f"{name}.png", optimize=True, pnginfo=note)


if __name__ == "__main__":
    (HERE / "pictures").mkdir(exist_ok=True)
    for scene_name, (build, seen) in scenes.SCENES.items():
        save(scene_name, render(build(), seen))
