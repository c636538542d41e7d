"""meshes: printed and bought parts as VTK draws them (body coordinates, mm)."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import bought
import measures as m
import numpy as np
import placing
import vtk


def printed(name: str) -> vtk.vtkPolyData:
    """A printed part from its STL."""
    reader = vtk.vtkSTLReader()
    reader.SetFileName(str(placing.STL / f"{name}.stl"))
    turn = vtk.vtkTransform()
    turn.SetMatrix(np.linalg.inv(placing.to_bed(name)).ravel())
    moved = vtk.vtkTransformFilter()
    moved.SetInputConnection(reader.GetOutputPort())
    moved.SetTransform(turn)
    moved.Update()
    return moved.GetOutput()


def block(item: bought.Block) -> vtk.vtkPolyData:
    """A bought part; the cable is round, with its jacket, and goes on outside."""
    (x0, y0, z0), (x1, y1, z1) = item.low, item.high
    if item.round:
        return rod(x0 - 18, x1, item.centre[1], item.centre[2], m.CABLE / 2)
    cube = vtk.vtkCubeSource()
    cube.SetBounds(x0, x1, y0, y1, z0, z1)
    return _triangles(cube)


def rod(left: float, right: float, y: float, z: float, radius: float) -> vtk.vtkPolyData:
    """A cylinder along x."""
    return _tube((left, y, z), (right, y, z), radius)


def pillar(place: m.Point, radius: float, low: float, high: float) -> vtk.vtkPolyData:
    """An upright cylinder."""
    return _tube((*place, low), (*place, high), radius)


def _tube(
    start: tuple[float, float, float], end: tuple[float, float, float], radius: float
) -> vtk.vtkPolyData:
    line = vtk.vtkLineSource()
    line.SetPoint1(*start)
    line.SetPoint2(*end)
    tube = vtk.vtkTubeFilter()
    tube.SetInputConnection(line.GetOutputPort())
    tube.SetRadius(radius)
    tube.SetNumberOfSides(32)
    tube.CappingOn()
    return _triangles(tube)


def _triangles(source: vtk.vtkPolyDataAlgorithm) -> vtk.vtkPolyData:
    whole = vtk.vtkTriangleFilter()
    whole.SetInputConnection(source.GetOutputPort())
    whole.Update()
    return whole.GetOutput()
