/** Shorter ones are in every other word: masking them would hide the output, and would give them away. */
const SHORTEST = 4
/** Of what is only a part or another form of a secret. */
const SHORTEST_FORM = 8

/**
 * The texts that give a secret away: itself, each longer line of it, and what it looks like in JSON, in a shell's single
 * quotes, in a url, and in base64 wherever it stands there (`Authorization: Basic …`).
 */
export function formsOf(secret: string): readonly string[] {
  if (secret.length < SHORTEST) return []
  const lines = secret.includes('\n') ? secret.split('\n').map((line) => line.trim()) : []
  const forms = [
    ...lines,
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll("'", "'\\''"),
    inUrl(secret),
    ...base64Of(Buffer.from(secret)),
  ]
  return [...new Set([secret, ...forms.filter((form) => form.length >= SHORTEST_FORM)])]
}

function inUrl(secret: string): string {
  try {
    return encodeURIComponent(secret)
  } catch {
    // Half of a character that lies outside the 16-bit range: no url can hold it.
    return secret
  }
}

/** Three bytes make four characters: what the neighbours of the secret have a part in is left out. */
function base64Of(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes])
    const text = whole.toString('base64').replace(/=+$/, '')
    const end = whole.length % 3 === 0 ? text.length : text.length - 1
    const core = text.slice(before === 0 ? 0 : before + 1, end)
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')]
  })
}
