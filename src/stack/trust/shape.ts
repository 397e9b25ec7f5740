/** Whether a text may be the name of a stack, a domain or a channel, as name.ts has it. */
export const isStackName = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}$/.test(value)

/** Whether a text is a sha256 in lower-case hex. */
export const isDigest = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)

/** Whether a text may be a generation's name: the name of a folder, made of a time and a random word. */
export const isGeneration = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$/.test(value)
