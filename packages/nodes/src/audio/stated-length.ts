/** In seconds, as the headers of a file state it, before anything is decoded; 0 where they do not. */
export type StatedLength = (file: DataView) => number

/** Size over bytes a second of the format chunk, which stands first in nearly all files. */
export const wavLength: StatedLength = (file) => {
  const perSecond = file.byteLength < 44 ? 0 : file.getUint32(28, true)
  return perSecond === 0 ? 0 : file.byteLength / perSecond
}

/** Of the stream info block (RFC 9639, §8.2): 20 bits of rate, 36 of samples. */
export const flacLength: StatedLength = (file) => {
  if (file.byteLength < 42) return 0
  const rate = file.getUint32(18) >>> 12
  const samples = (file.getUint8(21) & 15) * 2 ** 32 + file.getUint32(22)
  return rate === 0 ? 0 : samples / rate
}

/** The position of the last page (RFC 3533, §6), at the rate that the first packet states; Opus counts at 48 kHz. */
export const oggLength =
  (isOpus: boolean): StatedLength =>
  (file) => {
    if (file.byteLength < 58) return 0
    const rate = isOpus ? 48_000 : file.getUint32(40, true)
    for (let at = file.byteLength - 27; at > 0; at--)
      if (file.getUint32(at) === 0x4f_67_67_53) return Number(file.getBigInt64(at + 6, true)) / rate
    return 0
  }

const kilobits = {
  mpeg1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  mpeg2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
} as const

/** Of the first frame: its Xing count of frames, else size over its bit rate. */
export const mp3Length: StatedLength = (file) => {
  const at = firstFrame(file)
  if (at + 120 > file.byteLength) return 0
  const isMpeg1 = ((file.getUint8(at + 1) >> 3) & 3) === 3
  const isMpeg25 = ((file.getUint8(at + 1) >> 3) & 3) === 0
  const rate = ([44_100, 48_000, 32_000][(file.getUint8(at + 2) >> 2) & 3] ?? 44_100) / (isMpeg1 ? 1 : isMpeg25 ? 4 : 2)
  const isMono = file.getUint8(at + 3) >> 6 === 3
  const xing = at + 4 + (isMpeg1 ? (isMono ? 17 : 32) : isMono ? 9 : 17)
  const word = file.getUint32(xing)
  const hasCount = (word === 0x58_69_6e_67 || word === 0x49_6e_66_6f) && (file.getUint32(xing + 4) & 1) === 1
  if (hasCount) return (file.getUint32(xing + 8) * (isMpeg1 ? 1152 : 576)) / rate
  const bits = (isMpeg1 ? kilobits.mpeg1 : kilobits.mpeg2)[file.getUint8(at + 2) >> 4]
  return !bits ? 0 : ((file.byteLength - at) * 8) / (bits * 1000)
}

/** Behind an ID3 tag, whose size has seven bits a byte. */
function firstFrame(file: DataView): number {
  const hasTag = file.byteLength > 10 && file.getUint32(0) >>> 8 === 0x49_44_33
  const size = [6, 7, 8, 9].reduce((sum, i) => sum * 128 + (hasTag ? file.getUint8(i) & 127 : 0), 0)
  let at = hasTag ? 10 + size : 0
  const last = Math.min(file.byteLength - 4, at + 65_536)
  while (at < last && !(file.getUint8(at) === 255 && file.getUint8(at + 1) >> 5 === 7)) at++
  return at
}
