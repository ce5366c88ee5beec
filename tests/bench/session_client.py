# SPDX-License-Identifier: BSD-3-Clause
"""The ParaView session that bench_session.py times; run by pvpython.

    pvpython session_client.py connect|listen HOST PORT ID FRAMES CELLS

`connect` takes host and port from PVHOP_URL if that is set. The last line of the output is "RESULT " and JSON:
when (time.time()) it began, was connected, and how long each picture took, in seconds.
"""
import json
import os
import sys
import time
from urllib.parse import urlsplit

from paraview import servermanager, simple
from paraview.modules.vtkRemotingCore import vtkRemotingCoreConfiguration

BEGAN = time.time()


def connect(how, host, port, identity):
    if how == "listen":
        vtkRemotingCoreConfiguration.GetInstance().SetConnectID(int(identity))
        os.write(1, b"listening\n")  # not yet: the caller waits for the port
        simple.ReverseConnect(port)
        return
    if "PVHOP_URL" in os.environ:
        url = urlsplit(os.environ["PVHOP_URL"])
        host, port = url.hostname, url.port
    simple.Connect(host, int(port))


def timed(work):
    began = time.monotonic()
    work()
    return time.monotonic() - began


def main():
    how, host, port, identity, frames, cells = sys.argv[1:7]
    connect(how, host, port, identity)
    result = {"began": BEGAN, "connected": time.time()}
    half = int(cells) // 2
    field = simple.Wavelet(WholeExtent=[-half, half] * 3)
    surface = simple.Contour(Input=field, ContourBy=["POINTS", "RTData"], Isosurfaces=[120.0, 160.0, 200.0])
    view = simple.CreateRenderView(ViewSize=[1024, 768])
    view.RemoteRenderThreshold = 0  # MiB: the server draws, and images travel

    def isosurface():
        simple.Show(surface, view)
        simple.ResetCamera(view)
        simple.Render(view)
    result["isosurface"] = timed(isosurface)
    camera, result["frames"] = view.GetActiveCamera(), []
    for _ in range(int(frames)):
        camera.Azimuth(3.6)
        result["frames"].append(timed(lambda: simple.Render(view)))

    def cut():
        plane = simple.Slice(Input=field)
        plane.SliceType.Normal = [0, 0, 1]
        simple.Show(plane, view)
        simple.Render(view)
    result["slice"] = timed(cut)
    result["remote"] = bool(view.SMProxy.GetClientSideView().GetUseDistributedRenderingForRender())
    result["server"] = servermanager.ActiveConnection.GetURI()
    os.write(1, f"RESULT {json.dumps(result)}\n".encode())  # pvpython's own print keeps it back
    simple.Disconnect()


main()
