# SPDX-License-Identifier: BSD-3-Clause
"""Run by pvpython under `pvhop connect ... -- pvpython client.py`: computes on the server behind PVHOP_URL."""
import json
import os
import sys
from urllib.parse import urlsplit

from paraview import servermanager, simple

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
os.environ.setdefault("PILOT_RESULT", "unused")
import pilot  # noqa: E402  (who_computes and pipeline; no ParaView window is needed for them)

url = urlsplit(os.environ["PVHOP_URL"])
simple.Connect(url.hostname, url.port)
result = {"ok": True, "uri": servermanager.ActiveConnection.GetURI(), "server": pilot.who_computes(),
          "ranks": servermanager.ActiveConnection.GetNumberOfDataPartitions()}
field = simple.Wavelet()
surface = simple.Contour(Input=field, ContourBy=["POINTS", "RTData"], Isosurfaces=[150.0])
surface.UpdatePipeline()
result["cells"] = surface.GetDataInformation().GetNumberOfCells()
os.write(1, f"RESULT {json.dumps(result)}\n".encode())  # pvpython's own print keeps it back, flush or not
simple.Disconnect()
