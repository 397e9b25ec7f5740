/** The data types of RFC 4251 §5, written. */
export const uint32 = (...numbers: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * numbers.length)
  for (const [at, number] of numbers.entries()) bytes.writeUInt32BE(number, 4 * at)
  return bytes
}

/** A length and the bytes. */
export const string = (text: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(text)
  return Buffer.concat([uint32(bytes.length), bytes])
}

/** The same, read in order; what is not there reads as zero and empty. */
export class WireReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? 0
  }

  uint32(): number {
    this.#at += 4
    return this.#at > this.#bytes.length ? 0 : this.#bytes.readUInt32BE(this.#at - 4)
  }

  string(): Buffer {
    const length = this.uint32()
    const start = this.#at
    this.#at += length
    return this.#bytes.subarray(start, this.#at)
  }
}

/** Cuts a stream into the length-prefixed packets it consists of. */
export class Packets {
  #held: Buffer = Buffer.alloc(0)

  /** The packets that are complete with this chunk, without their lengths. */
  take(chunk: Buffer): Buffer[] {
    let bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk
    const complete: Buffer[] = []
    while (bytes.length >= 4) {
      const end = 4 + bytes.readUInt32BE(0)
      if (bytes.length < end) break
      complete.push(bytes.subarray(4, end))
      bytes = bytes.subarray(end)
    }
    this.#held = bytes
    return complete
  }
}
