// SPDX-License-Identifier: MIT
// not_modelled: the image used something that this bench does not have. The run cannot go on.

export class NotModelled extends Error {
  override readonly name = "NotModelled";
}
