"""native: the C module of the firmware in Python, for CPython and MicroPython."""
# SPDX-License-Identifier: MIT

owned = []
calls = []
silent = [False]
grants = [False]
CHARGED_MV = 4600
cell_mv = [CHARGED_MV]
line_up = [True]
usb_callbacks = []
held = []
# The defaults of host_tools/kesu/spec/policy.toml, in its order; test_policy_block.py compares them.
policy_values = [180, 900, 3600, 10, 300, 2, 90, 0, 0, 1, 0, 0, 0, 2, 0, 1700, 3, 4000, 0]


def policy(number):
    """Return a setting."""
    if number < 0 or number >= len(policy_values):
        raise ValueError("setting")
    return policy_values[number]


def policy_valid():
    """Return whether the policy block is valid."""
    return True


def policy_crc(high):
    """Return half of the checksum."""
    return 0x89AB if high else 0xCDEF


def own(kind, buffer):
    """Register a buffer."""
    if kind < 1 or kind > 4:
        raise ValueError("owner kind")
    if len(buffer) == 0:
        raise ValueError("empty buffer")
    for _, known in owned:
        if known is buffer:
            raise ValueError("owned already")
    if len(owned) == 16:
        raise ValueError("too many owners")
    owned.append((kind, buffer))


def zero_owned():
    """Zero every registered buffer."""
    calls.append("zero_owned")
    for _, buffer in owned:
        for i in range(len(buffer)):
            buffer[i] = 0


def scrub():
    """Record the call: there is no dead memory to reach from Python."""
    calls.append("scrub")


def wait(from_ms, limit_ms):
    """Record the call; no time passes."""
    if limit_ms < 0 or limit_ms > 600000:
        raise ValueError("limit")
    calls.append("wait")


def on_usb(lost, waits):
    """Keep the callbacks."""
    usb_callbacks[:] = [lost, waits]


def lose():
    """Report a lost line, as the controller's interrupt does: DTR, bus reset, sleep, flood (tests only)."""
    usb_callbacks[0]()


def usb_waits():
    """Return whether data from USB has to wait (tests only)."""
    return bool(held and held[-1]) or usb_callbacks[1]()


def usb_hold(holds):
    """Keep the state."""
    held[:] = [holds]


def usb_from(ms):
    """Record the time."""
    calls.append("from %d" % ms)


def suspend():
    """Put the bus to sleep (tests only)."""
    silent[0] = True
    usb_callbacks[0]()


def resume():
    """Wake the bus up (tests only)."""
    silent[0] = False


def bus_silent():
    """Return whether a bus that was alive has become silent."""
    return silent[0]


def may_charge():
    """Return what the test has set."""
    return grants[0]


def cell():
    """Return the cell's voltage that the test has set."""
    calls.append("cell")
    return cell_mv[0]


def residue():
    """Count non-zero bytes of the owners."""
    return sum(1 for _, buffer in owned for value in buffer if value)


def forget():
    """Start again with no owners and no calls (tests only)."""
    del owned[:]
    del calls[:]
    silent[0] = False
    grants[0] = False
    cell_mv[0] = CHARGED_MV
    del usb_callbacks[:]
    del held[:]


def fill(buffer, value):
    """Set every byte."""
    if value < 0 or value > 255:
        raise ValueError("value")
    for i in range(len(buffer)):
        buffer[i] = value


def _check(frame, stride, numbers):
    if stride < 1 or stride > len(frame) or len(frame) % stride:
        raise ValueError("stride")
    for number in numbers:
        if number < -4095 or number > 4095:
            raise ValueError("coordinate")


def _dot(frame, stride, x, y, ink):
    if 0 <= x < stride * 8 and 0 <= y < len(frame) // stride:
        if ink:
            frame[y * stride + (x >> 3)] &= 0xFF ^ (0x80 >> (x & 7))
        else:
            frame[y * stride + (x >> 3)] |= 0x80 >> (x & 7)


def _nib(frame, stride, x, y, width, ink):
    reach = (width - 1) // 2
    for j in range(width):
        dy = 2 * j - (width - 1)
        for i in range(width):
            dx = 2 * i - (width - 1)
            # The middle of each row always belongs to the nib, as in firmware/native/raster.c.
            middle = i in (width // 2, (width - 1) // 2)
            if middle or dx * dx + dy * dy <= width * width - 2:
                _dot(frame, stride, x - reach + i, y - reach + j, ink)


def stroke(frame, stride, x0, y0, x1, y1, width):
    """Draw Bresenham's line with a round nib."""
    _line(frame, stride, x0, y0, x1, y1, width, True)


def erase(frame, stride, x0, y0, x1, y1, width):
    """Draw a white line with a round nib."""
    _line(frame, stride, x0, y0, x1, y1, width, False)


def blank(buffer, start, end):
    """Make bytes start..end-1 white."""
    if start < 0 or end < start or end > len(buffer):
        raise ValueError("range")
    for i in range(start, end):
        buffer[i] = 0xFF


def invert(buffer, start, end):
    """Invert all pixels of bytes start..end-1."""
    if start < 0 or end < start or end > len(buffer):
        raise ValueError("range")
    for i in range(start, end):
        buffer[i] ^= 0xFF


def linked():
    """Return whether a PC holds the call line."""
    return line_up[0]


def copy(target, source):
    """Copy a whole buffer."""
    if len(target) != len(source):
        raise ValueError("length")
    for i in range(len(source)):
        target[i] = source[i]


def compose(target, under, over, start, end):
    """Make ink where either has ink; return how many bits that changed."""
    if start < 0 or end < start or end > len(target) or not len(target) == len(under) == len(over):
        raise ValueError("range")
    changed = 0
    for i in range(start, end):
        both = under[i] & over[i]
        changed += _ones(target[i] ^ both)
        target[i] = both
    return changed


def _ones(byte):
    count = 0
    while byte:
        byte &= byte - 1
        count += 1
    return count


def _driven(ages, length, at):
    return ages[at] | ages[length + at] | ages[2 * length + at]


def _check_pulses(shown, ages, pulses):
    if not shown or len(ages) != 3 * len(shown) or pulses < 1 or pulses > 7:
        raise ValueError("ages or pulses")


def _give(shown, ages, at, wanted, pulses):
    """Begin to change the pixels of a byte that are not on their way; return twice their number, plus 1 if others
    wait."""
    length = len(shown)
    differing = shown[at] ^ wanted
    given = differing & (0xFF ^ _driven(ages, length, at))
    shown[at] ^= given
    for bit in range(3):
        if pulses >> bit & 1:
            ages[bit * length + at] |= given
    return _ones(given), 1 if given != differing else 0


def _aim(shown, ages, wanted, start, pulses):
    """Begin to change the bytes from `start` on that differ; return as aim does."""
    count = behind = 0
    for index in range(len(wanted)):
        if shown[start + index] != wanted[index]:
            given, waits = _give(shown, ages, start + index, wanted[index], pulses)
            count += given
            behind |= waits
    return 2 * count + behind


def aim(shown, ages, under, over, start, end, pulses):
    """Show ink where either has ink; return twice the number of pixels that begin to change, plus 1 if others wait."""
    _check_pulses(shown, ages, pulses)
    if start < 0 or end < start or end > len(shown) or not len(shown) == len(under) == len(over):
        raise ValueError("range")
    return _aim(shown, ages, [under[at] & over[at] for at in range(start, end)], start, pulses)


def aim_turned(shown, ages, under, over, stride, row0, row1, pulses):
    """Show rows of two frames in strips of eight rows; return as aim does."""
    _check_pulses(shown, ages, pulses)
    wanted = bytearray(len(shown))
    turn(wanted, under, over, stride, row0, row1)
    return _aim(shown, ages, wanted[row0 * stride : row1 * stride], row0 * stride, pulses)


def age(shown, ages, start, end):
    """Take one pulse off the pixels that need any; return 1 if any needs more, else 0."""
    _check_pulses(shown, ages, 1)
    if start < 0 or end < start or end > len(shown):
        raise ValueError("range")
    length = len(shown)
    left = 0
    for at in range(start, end):
        borrow = _driven(ages, length, at)
        if borrow:
            for bit in range(3):
                had = ages[bit * length + at]
                ages[bit * length + at] = had ^ borrow
                borrow &= 0xFF ^ had
            left |= 1 if _driven(ages, length, at) else 0
    return left


def old_plane(shown, ages, start, stop):
    """What spi_old sends (tests only)."""
    length = len(shown)
    tones = shown[start:stop]
    low, mid, high = (ages[bit * length + start : bit * length + stop] for bit in range(3))
    return bytes([tones[at] ^ (low[at] | mid[at] | high[at]) for at in range(len(tones))])


def enclose(frame, stride, way, count, row0, row1):
    """Make a ring's inside white in rows row0..row1-1: each pixel that the path has a winding number about."""
    if count < 0 or count > 96 or 2 * count > len(way):
        raise ValueError("points")
    points = [(way[2 * i], way[2 * i + 1]) for i in range(count)]
    if count < 8:
        return False
    xs = [x for x, _ in points]
    ys = [y for _, y in points]
    wide = max(xs) - min(xs)
    high = max(ys) - min(ys)
    edges = [(points[i - 1], points[i]) for i in range(count)]
    area = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in edges))
    gap = (xs[-1] - xs[0]) ** 2 + (ys[-1] - ys[0]) ** 2
    if gap > 24 * 24 or wide < 32 or high < 32 or 5 * area < 4 * wide * high:
        return False
    for y in range(max(min(ys), row0), min(max(ys) + 1, row1)):
        for x in range(min(xs), max(xs) + 1):
            turns = 0
            for (x0, y0), (x1, y1) in edges:
                if (y0 <= y) != (y1 <= y) and x0 + (y - y0) * (x1 - x0) / (y1 - y0) < x:
                    turns += 1 if y1 > y0 else -1
            if turns:
                _dot(frame, stride, x, y, False)
    return True


def _line(frame, stride, x0, y0, x1, y1, width, ink):
    _check(frame, stride, (x0, y0, x1, y1))
    if width < 1 or width > 31:
        raise ValueError("width")
    x, y = x0, y0
    dx, step_x = abs(x1 - x), 1 if x1 > x else -1
    dy, step_y = -abs(y1 - y), 1 if y1 > y else -1
    error = dx + dy
    while True:
        _nib(frame, stride, x, y, width, ink)
        if x == x1 and y == y1:
            return
        twice = 2 * error
        if twice >= dy:
            error += dy
            x += step_x
        if twice <= dx:
            error += dx
            y += step_y


def blit(frame, stride, x, y, picture, picture_width):
    """Copy a picture, ink and white alike, clipped."""
    _check(frame, stride, (x, y))
    picture_stride = (picture_width + 7) // 8
    if picture_width < 1 or len(picture) % picture_stride:
        raise ValueError("picture width")
    rows = len(frame) // stride
    for j in range(len(picture) // picture_stride):
        if not 0 <= y + j < rows:
            continue
        source = j * picture_stride
        if x == 0 and picture_width == stride * 8:
            for i in range(stride):
                frame[(y + j) * stride + i] = picture[source + i]
            continue
        for i in range(picture_width):
            column = x + i
            if 0 <= column < stride * 8:
                at = (y + j) * stride + (column >> 3)
                bit = 0x80 >> (column & 7)
                if picture[source + (i >> 3)] & (0x80 >> (i & 7)):
                    frame[at] |= bit
                else:
                    frame[at] &= 0xFF ^ bit


def turn(strips, under, over, stride, row0, row1):
    """Convert rows to strips of eight: one byte per column, low bit on top; return how many bits changed."""
    if (
        row0 < 0
        or row1 < row0
        or row1 > len(under) // stride
        or (row0 | row1) & 7
        or not len(strips) == len(under) == len(over)
    ):
        raise ValueError("rows or length")
    changed = 0
    for row in range(row0, row1, 8):
        for x in range(8 * stride):
            turned = 0
            for j in range(8):
                at = (row + j) * stride + (x >> 3)
                if under[at] & over[at] & (0x80 >> (x & 7)):
                    turned |= 1 << j
            changed += _ones(strips[row * stride + x] ^ turned)
            strips[row * stride + x] = turned
    return changed
