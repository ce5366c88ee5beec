# SPDX-License-Identifier: BSD-3-Clause
"""Runs inside ParaView (--script): waits for a connection, then computes a pipeline on the server.

What it sees goes as JSON to the file named by PILOT_RESULT. It waits by ParaView's own events: the connection
is created, its view has been drawn, the event loop is idle. Then comes the pipeline: the one
below, or PILOT_PIPELINE, a Python file with a function `run(view)` that returns a dictionary. Then ParaView
quits in good order: at once, or when the file PILOT_STAY is gone.
"""
import ctypes
import json
import os
import time
import traceback

from paraview import servermanager, simple

_module = servermanager.vtkProcessModule.GetProcessModule()
_times = {"script": time.time()}
_state = "waiting"

WHO = """
import os, socket
who = {"host": socket.gethostname(), "pid": os.getpid(), "ssh": os.environ.get("SSH_CONNECTION", ""),
       "mark": os.environ.get("PVHOP_TEST_MARK", "")}
for name, value in who.items():
    column = vtk.vtkStringArray()
    column.SetName(name)
    column.InsertNextValue(str(value))
    output.GetRowData().AddArray(column)
"""


def who_computes():
    """What a filter on the server sees of itself: host name and pid of rank 0, and the ssh session it is in."""
    source = simple.ProgrammableSource(OutputDataSetType="vtkTable", Script=WHO)
    source.UpdatePipeline()
    table = servermanager.Fetch(source)
    answer = {name: table.GetValueByName(0, name).ToString() for name in ("host", "pid", "ssh", "mark")}
    answer["pid"] = int(answer["pid"])
    simple.Delete(source)
    return answer


def pipeline(view):
    """An isosurface of a synthetic field, made and cut on the server."""
    field = simple.Wavelet(WholeExtent=[-24, 24, -24, 24, -24, 24])
    surface = simple.Contour(Input=field, ContourBy=["POINTS", "RTData"], Isosurfaces=[90.0, 130.0, 170.0, 210.0])
    display = simple.Show(surface, view)
    simple.ColorBy(display, ("POINTS", "RTData"))
    display.RescaleTransferFunctionToDataRange(True)
    simple.ResetCamera(view)
    view.CameraPosition = [110.0, 80.0, 130.0]
    simple.Render(view)
    return {"cells": surface.GetDataInformation().GetNumberOfCells()}


def _write(result):
    result["times"] = _times
    result["client_pid"] = os.getpid()
    path = os.environ["PILOT_RESULT"]
    with open(path + ".new", "w", encoding="utf-8") as f:
        json.dump(result, f)
    os.rename(path + ".new", path)


def _quit():
    # Static and without arguments, so it can be called by name: QCoreApplication::quit().
    getattr(ctypes.CDLL(None), "_ZN16QCoreApplication4quitEv")()


def _work(view):
    _times["drawn"] = time.time()
    try:
        result = {"uri": servermanager.ActiveConnection.GetURI(), "server": who_computes(),
                  "ranks": servermanager.ActiveConnection.GetNumberOfDataPartitions()}
        if os.environ.get("PILOT_PIPELINE"):
            scope = {}
            with open(os.environ["PILOT_PIPELINE"], encoding="utf-8") as f:
                exec(compile(f.read(), f.name, "exec"), scope)
            result.update(scope["run"](view))
        else:
            result.update(pipeline(view))
        _times["computed"] = time.time()
        if os.environ.get("PILOT_SCREENSHOT"):
            simple.SaveScreenshot(os.environ["PILOT_SCREENSHOT"], view)
            result["screenshot"] = os.environ["PILOT_SCREENSHOT"]
        result["ok"] = True
    except Exception:  # whatever it is, the driver must hear of it
        result = {"ok": False, "error": traceback.format_exc()}
    _write(result)
    if os.environ.get("PILOT_STAY"):
        view.GetInteractor().CreateRepeatingTimer(100)
    else:
        _quit()


def _when_idle(view):
    """A timer of the view's interactor fires from Qt's event loop, when ParaView has nothing else to do."""
    global _state
    interactor = view.GetInteractor()
    if _state != "connected" or interactor is None:
        return
    _state = "timer"

    def fired(*_):
        global _state
        if _state == "timer":
            _state = "working"
            _work(view)
        elif _state == "working" and os.environ.get("PILOT_STAY") and not os.path.exists(os.environ["PILOT_STAY"]):
            _state = "over"
            _quit()

    interactor.AddObserver("TimerEvent", fired)
    interactor.CreateOneShotTimer(1)


def _created(*_):
    """A session has been created; ours is the one with a server, and ParaView has made its view by now."""
    global _state
    iterator = _module.NewSessionIterator()
    iterator.InitTraversal()
    while not iterator.IsDoneWithTraversal():
        session = iterator.GetCurrentSession()
        if session.IsA("vtkSMSessionClient") and _state == "waiting":
            proxies = servermanager.vtkSMProxyManager.GetProxyManager().GetSessionProxyManager(session)
            view = servermanager._getPyProxy(proxies.GetProxy("views", proxies.GetProxyName("views", 0)))
            _times["connected"] = time.time()
            _state = "connected"
            view.AddObserver("EndEvent", lambda *_: _when_idle(view))
        iterator.GoToNextItem()


_module.AddObserver("ConnectionCreatedEvent", _created)
