"""hints: what to check when a source has not shown that it sees its seat."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

from kesu.agent.source import Loss

_OF_KIND = {
    "http": "no word with the token came, or none for too long: is the page open, does its bridge run, is"
    " `origin` the page's, and did the browser allow the page to reach this PC (local network access)?",
    "hook": "no event of the phone came, or none for too long: does the phone run `kesu hook`? A call shows"
    " it, and so does `kesu hook ready`.",
    "relay": "the relay answers, and its PBX does not see this seat: `kesu relay --check` there says why.",
    "baresip": "baresip answers no list of calls.",
    "mic": "nothing says which programs use the microphone: does `pw-dump` or `pactl` answer, or on Windows, may"
    " desktop programs use it?",
    "seat": "nothing reports whether the screen is locked: does logind list the session?",
}
_OF_LOSS = {
    ("relay", Loss.TLS): "the connection ended in the TLS handshake: a relay without a certificate needs"
    " `tls = false` here, and that on the same machine only.",
    ("relay", Loss.CLOSED): "the relay ended the connection: it takes TLS only where it has a certificate"
    " (`tls` here must agree); else look at its own messages.",
    (
        "relay",
        Loss.PROTOCOL,
    ): "what answers is no relay, or a relay with TLS: then `tls` must not be false here.",
    ("relay", Loss.LOGIN): "seat, token or certificate are not accepted: `seat`, `token_file`, `ca`.",
    ("hook", Loss.CLOSED): "the phone's program does not run (`program`).",
    (
        "mic",
        Loss.NO_SEAT,
    ): "none of `programs` runs, or on Windows, none of them has used the microphone yet.",
    ("mic", Loss.LOCAL): "neither `pw-dump` nor `pactl` is there, or Windows refuses to say who records.",
    ("mic", Loss.REFUSED): "the sound server does not answer `pw-dump` or `pactl`.",
    ("baresip", Loss.NO_SEAT): "baresip has no account, or none that is registered: ~/.baresip/accounts.",
}
_OF_ANY = {
    Loss.REFUSED: "no program listens there.",
    Loss.SILENT: "",
    Loss.FLOODED: "a program of this PC opens more connections than allowed; the source recovers by itself.",
    Loss.LOCAL: "files, folders or ports of this PC: the token file, the runtime folder, a port in use.",
}


def hint(kind: str, loss: Loss | None) -> str:
    """What to do. `loss`: why the source ended, None for one that runs."""
    if loss is not None:
        found = _OF_LOSS.get((kind, loss)) or _OF_ANY.get(loss)
        if found:
            return found
    return _OF_KIND.get(kind, "")
