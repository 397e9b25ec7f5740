import { type Query, quote, script, sh, shellLine, TaskError } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'
import { parseAnswer } from '../facts.ts'
import { names, parseAllowedSigners } from './allowed-signers.ts'
import type { SignatureFile } from './packed.ts'
import { type Seal, signersOf } from './seats.ts'
import { parseSshSignature, type SshSignature } from './ssh-signature.ts'
import { tooOld } from './ssh-version.ts'

/** What is signed, by what it is for: a signature made for one is none for the other. */
export type Namespace = 'gachette-stack' | 'gachette-channel'

/** What the signatures beside a record are worth. */
export interface Verdict {
  /** Whose signatures hold, each counted once. */
  readonly signers: readonly string[]
  /** Signatures that hold nothing, and why. */
  readonly bad: readonly BadSignature[]
}

/** A signature that does not hold. */
export interface BadSignature {
  /** Below META. */
  readonly file: string
  readonly what: string
}

/**
 * Which of the allowed signers have signed these bytes, as `ssh-keygen -Y verify` judges: namespaces, validity and
 * certificates are as it says, now. Throws a TaskError where it is too old, or the file of signers cannot be read.
 */
export async function verifySignatures(
  local: Remote,
  bytes: Uint8Array,
  { signatures, namespace, allowedSigners }: SignedBy,
): Promise<Verdict> {
  const bad: BadSignature[] = []
  const readable: (SignatureFile & SshSignature)[] = []
  for (const { file, bytes: signature } of signatures) {
    const parsed = signature.length <= LONGEST ? parseSshSignature(signature) : undefined
    if (parsed === undefined) bad.push({ file, what: 'it is no SSH signature, or is cut' })
    else if (parsed.namespace !== namespace)
      bad.push({ file, what: `it was made for ${parsed.namespace}, not for ${namespace}` })
    else if (readable.length >= MOST) bad.push({ file, what: `it is one of more than ${MOST}` })
    else readable.push({ file, bytes: signature, ...parsed })
  }
  if (readable.length === 0) return { signers: [], bad }
  const judged = await local.ask(judge(readable, namespace, allowedSigners), {
    stdin: bytes,
    title: 'ssh-keygen -Y verify',
  })
  const seals: Seal[] = []
  readable.forEach(({ file, key }, at) => {
    const principals = judged.principals.get(at) ?? []
    if (principals.length > 0) seals.push({ fingerprint: key.fingerprint, principals })
    else bad.push({ file, what: reason({ key, namespace }, judged, at) })
  })
  return { signers: signersOf(seals), bad }
}

/** What to judge, and by whom. */
export interface SignedBy {
  readonly signatures: readonly SignatureFile[]
  readonly namespace: Namespace
  readonly allowedSigners: string
}

const LONGEST = 32 * 1024
/** Each costs programs here: a store, or a bundle, could show tens of thousands. */
const MOST = 100

interface Judged {
  /** Of each signature, who vouches for it; nobody: it does not hold. */
  readonly principals: ReadonlyMap<number, readonly string[]>
  /** Signatures whose key stands in the file, though it may not sign this, or not these bytes. */
  readonly known: ReadonlySet<number>
  readonly allowed: string
}

/** The bytes come by stdin, as they are. A message is never read: what holds is what ssh-keygen ends well for. */
const judge = (
  signatures: readonly SignatureFile[],
  namespace: Namespace,
  allowedSigners: string,
): Query<Judged> => ({
  command: script(sh`allowed=${allowedSigners}
[ -f "$allowed" ] && [ -r "$allowed" ] || { printf 'no-file\n'; exit 1; }
folder=$(mktemp -d) || exit
trap 'rm -rf -- "$folder"' EXIT
trap 'exit 143' HUP INT TERM
cat >"$folder/bytes" && cp -- "$allowed" "$folder/allowed" || exit
at=0
judge() {
  printf '%s\n' "$1" >"$folder/sig" || exit
  if ssh-keygen -Y find-principals -s "$folder/sig" -f "$folder/allowed" >"$folder/names" 2>/dev/null; then
    printf 'known\t%s\n' "$at"
    left=16
    while IFS= read -r name && [ $left -gt 0 ]; do
      left=$((left - 1))
      ssh-keygen -Y verify -f "$folder/allowed" -I "$name" -n ${namespace} -s "$folder/sig" \
        <"$folder/bytes" >"$folder/said" 2>&1 && printf 'good\t%s\t%s\n' "$at" "$name"
    done <"$folder/names"
  fi
  at=$((at + 1))
}
${shellLine(signatures.map(({ bytes }) => `judge ${quote(Buffer.from(bytes).toString('latin1').trimEnd())}`).join('\n'))}
printf 'version\t%s\n' "$(ssh -V 2>&1)"
printf 'allowed\t%s\n' "$(base64 <"$folder/allowed" | tr -d '\n')"`),
  parse(stdout) {
    const answer = parseAnswer(stdout)
    const [version = ''] = answer.first('version') ?? []
    const principals = new Map<number, string[]>()
    for (const [at, name = ''] of answer.all('good'))
      principals.set(Number(at), [...(principals.get(Number(at)) ?? []), name])
    if (principals.size === 0) {
      const old = tooOld(version)
      if (old) throw old
    }
    const [allowed = ''] = answer.first('allowed') ?? []
    return {
      principals,
      known: new Set(answer.all('known').map(([at]) => Number(at))),
      allowed: Buffer.from(allowed, 'base64').toString('utf8'),
    }
  },
  assumed: { principals: new Map(), known: new Set(), allowed: '' },
  failed: ({ stdout }) =>
    stdout.startsWith('no-file')
      ? new TaskError(`${allowedSigners} (allowed_signers) is not there, or cannot be read`)
      : undefined,
})

/** Why a well-formed signature of the right namespace does not hold, from facts. */
function reason(
  { key, namespace }: SshSignature | { key: SshSignature['key']; namespace: string },
  judged: Judged,
  at: number,
) {
  const lines = parseAllowedSigners(judged.allowed).filter((line) => names(line, key))
  const who = [...new Set(lines.flatMap(({ principals }) => principals))].join(', ')
  if (lines.length === 0) return `its key ${key.fingerprint} is none of the allowed signers`
  if (!judged.known.has(at)) return `its key ${key.fingerprint} (${who}) is not valid now`
  if (
    lines.every(
      ({ namespaces }) => namespaces !== undefined && !namespaces.some((pattern) => fits(pattern, namespace)),
    )
  )
    return `its key ${key.fingerprint} (${who}) may not sign ${namespace}`
  return `it is not the signature of these bytes (key ${key.fingerprint}, ${who})`
}

/** Patterns as ssh has them: `*` any characters, `?` one. */
const fits = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    'u',
  ).test(text)
