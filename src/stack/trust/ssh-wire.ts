/** Reads the fields of SSH's wire format (RFC 4251 5) one after the other; throws a RangeError where the bytes end before. */
export class WireReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes)
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new RangeError('cut')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  uint32(): number {
    return this.take(4).readUInt32BE()
  }

  string(): Buffer {
    return this.take(this.uint32())
  }
}

/** Strings as SSH writes them. */
export const wire = (...strings: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat(
    strings.flatMap((each) => {
      const bytes = Buffer.from(each as string)
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return [length, bytes]
    }),
  )
