# SPDX-License-Identifier: BSD-3-Clause
"""Run by pvpython: connects to the server behind PVHOP_URL and stays."""
import os
import time
from urllib.parse import urlsplit

from paraview import simple

url = urlsplit(os.environ["PVHOP_URL"])
simple.Connect(url.hostname, url.port)
os.write(1, b"HOLDING\n")  # pvpython's own print keeps it back, flush or not
time.sleep(300)
