"""main: entry point of the firmware after boot."""

# SPDX-License-Identifier: MIT
from kesu_pad import app

app.main()
