"""main: what the pad runs after boot; nothing else lives here."""

# SPDX-License-Identifier: MIT
from kesu import app

app.main()
