"""main: entry point of the firmware after boot."""

# SPDX-License-Identifier: MIT
from kesu import app

app.main()
