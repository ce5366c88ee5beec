# SPDX-License-Identifier: BSD-3-Clause
"""Run by pvpython: listens on the port WAIT_PORT as ParaView does for a reverse connection, then computes."""
import os

from paraview import simple

os.write(1, b"WAITING\n")  # pvpython's own print keeps it back, flush or not
simple.ReverseConnect(os.environ["WAIT_PORT"])
sphere = simple.Sphere()
sphere.UpdatePipeline()
os.write(1, f"POINTS {sphere.GetDataInformation().GetNumberOfPoints()}\n".encode())
simple.Disconnect()
