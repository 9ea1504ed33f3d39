/**
 * 30 bits of a fingerprint, as the key of a table. A `Map` reads keys that are texts again, wherever they lie, each
 * time it grows; these lie in the table. Two fingerprints may share a key, so what is found must be asked for its own.
 */
export function keyOf(fingerprint: string): number {
  // Five digits of base64 are 30 bits.
  const digits = Math.min(fingerprint.length, 5)
  let key = 0
  for (let at = 0; at < digits; at++) key = (key * 67 + fingerprint.charCodeAt(at)) | 0
  return key & 0x3fffffff
}
