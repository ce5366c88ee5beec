# SPDX-License-Identifier: BSD-3-Clause
"""A ParaView client: connects or waits, computes a contour, says where the server is.

    pvpython paraview_client.py connect|listen PORT CONNECT_ID
"""
import os
import sys

from paraview.modules.vtkRemotingCore import vtkRemotingCoreConfiguration
from paraview.simple import (
    Connect, Contour, Elevation, ProgrammableSource, ReverseConnect, Sphere, servermanager)

how, port, connect_id = sys.argv[1], sys.argv[2], int(sys.argv[3])
vtkRemotingCoreConfiguration.GetInstance().SetConnectID(connect_id)
if how == "listen":
    ReverseConnect(port)
elif Connect("127.0.0.1", int(port)) is None:
    sys.exit("refused")

heights = Elevation(Input=Sphere())
contour = Contour(Input=heights, ContourBy=["POINTS", "Elevation"], Isosurfaces=[0.5])
print("points:", servermanager.Fetch(contour).GetNumberOfPoints())

who = ProgrammableSource(OutputDataSetType="vtkTable", Script="""
import os, platform, vtk
column = vtk.vtkStringArray()
column.InsertNextValue('%d on %s' % (os.getpid(), platform.node()))
self.GetOutput().AddColumn(column)
""")
os.write(1, f"server: {servermanager.Fetch(who).GetValue(0, 0).ToString()}\n".encode())
