import { WeightError } from './weight-error.ts'

/** Integers from here on are bigints, and no length may reach it. */
const unsafe = 2 ** 53

/** A pickle's bytes, read from its beginning to its end. A `WeightError` says where it ends too soon. */
export class PickleBytes {
  readonly #title: string
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array, title: string) {
    this.#title = title
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** How many bytes have been read. */
  get position(): number {
    return this.#at
  }

  malformed(what: string): never {
    throw new WeightError('malformed', `${this.#title}: its pickle is damaged: ${what}`)
  }

  skip(count: number): void {
    this.#take(count)
  }

  uint8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2), true)
  }

  uint32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  int32(): number {
    return this.#view.getInt32(this.#take(4), true)
  }

  /** Big-endian, unlike all others. */
  float64(): number {
    return this.#view.getFloat64(this.#take(8))
  }

  size64(): number {
    const size = this.#view.getBigUint64(this.#take(8), true)
    return size < unsafe ? Number(size) : this.malformed('a length is beyond all bounds')
  }

  /** A signed integer of `length` bytes. */
  integer(length: number): number | bigint {
    let value = 0n
    for (const byte of this.raw(length).toReversed()) value = (value << 8n) | BigInt(byte)
    const signed = BigInt.asIntN(length * 8, value)
    return signed > -unsafe && signed < unsafe ? Number(signed) : signed
  }

  text(length: number): string {
    return new TextDecoder().decode(this.raw(length))
  }

  raw(length: number): Uint8Array {
    const start = this.#take(length)
    return this.#bytes.subarray(start, start + length)
  }

  /** A text up to a line feed, which is passed over. */
  line(): string {
    const end = this.#bytes.indexOf(10, this.#at)
    if (end < 0) this.malformed('a name has no end')
    const text = this.text(end - this.#at)
    this.#at = end + 1
    return text
  }

  #take(count: number): number {
    if (count < 0 || this.#at + count > this.#bytes.byteLength) {
      this.malformed(`it ends at byte ${this.#bytes.byteLength}, in the middle of a value`)
    }
    this.#at += count
    return this.#at - count
  }
}
