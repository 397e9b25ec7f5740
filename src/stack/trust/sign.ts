import { type Query, script, sh, TaskError } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'
import { agentKeys, chooseKey } from './agent.ts'
import { parseAllowedSigners } from './allowed-signers.ts'
import { parseSshSignature, type SshSignature } from './ssh-signature.ts'
import { tooOld } from './ssh-version.ts'
import { type Namespace, verifySignatures } from './verify-signatures.ts'

/** Which key signs, and who has to believe it. */
export interface SigningOptions {
  readonly namespace: Namespace
  /** The file of a key (public, if the agent has the other half), or `SHA256:…` of one in the agent. */
  readonly signingKey?: string
  /** A local file of allowed signers: it chooses the key unless one is named, and the signature must hold by it. */
  readonly allowedSigners?: string
}

/** A signature, as it is to lie in the store. */
export interface Signature {
  /** Armored, with its last line feed. */
  readonly text: string
  /** Of the key, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string
  /** Who that is by the allowed signers, where there is such a file. */
  readonly signers: readonly string[]
}

/** Signs bytes with a key of the ssh agent, or in a file, by `ssh-keygen -Y sign`. Throws a TaskError that says what to do. */
export async function sign(local: Remote, bytes: Uint8Array, options: SigningOptions): Promise<Signature> {
  const { namespace, signingKey, allowedSigners } = options
  if (local.dryRun) return { text: '', fingerprint: '', signers: [] }
  const key =
    signingKey !== undefined && !signingKey.startsWith('SHA256:')
      ? { file: signingKey }
      : await fromAgent(local, options)
  const text = await local.ask(signature(key, namespace), { stdin: bytes, title: 'ssh-keygen -Y sign' })
  const made = parseSshSignature(Buffer.from(text))
  if (made === undefined) throw new TaskError('ssh-keygen made no signature')
  const { fingerprint } = made.key
  const signers =
    allowedSigners === undefined
      ? []
      : await believed(local, { bytes, text, made, namespace, allowedSigners })
  return { text, fingerprint, signers }
}

/** Whoever signs for nothing should know at once, and not when others deploy. */
async function believed(
  local: Remote,
  {
    bytes,
    text,
    made,
    namespace,
    allowedSigners,
  }: {
    readonly bytes: Uint8Array
    readonly text: string
    readonly made: SshSignature
    readonly namespace: Namespace
    readonly allowedSigners: string
  },
): Promise<readonly string[]> {
  const file = `the signature of ${made.key.fingerprint}`
  const { signers, bad } = await verifySignatures(local, bytes, {
    signatures: [{ file, bytes: Buffer.from(text) }],
    namespace,
    allowedSigners,
  })
  const [wrong] = bad
  if (wrong)
    throw new TaskError(`${file} would not count: ${wrong.what}`, {
      hint: `sign with a key that ${allowedSigners} names (signing_key), or add this one there`,
    })
  return signers
}

type ChosenKey = { readonly file: string } | { readonly line: string; readonly fingerprint: string }

async function fromAgent(local: Remote, { signingKey, allowedSigners }: SigningOptions): Promise<ChosenKey> {
  const keys = await local.ask(agentKeys, { title: 'ssh-add -L' })
  const signers =
    allowedSigners === undefined
      ? undefined
      : parseAllowedSigners(
          await local.ask(sh`cat -- ${allowedSigners}`, { title: `read ${allowedSigners}` }),
        )
  const { type, blob, fingerprint } = chooseKey(keys, {
    ...(signingKey !== undefined && { fingerprint: signingKey }),
    ...(signers && { signers }),
  })
  return { line: `${type} ${blob}`, fingerprint }
}

/** Without a terminal nobody is asked for a passphrase here; the agent asks by itself where a key is to be confirmed. */
function signature(key: ChosenKey, namespace: Namespace): Query<string> {
  const file = 'file' in key ? key.file : ''
  return {
    command: script(sh`key=${file}
folder=$(mktemp -d) || exit
trap 'rm -rf -- "$folder"' EXIT
trap 'exit 143' HUP INT TERM
if [ -z "$key" ]; then
  key=$folder/key.pub
  printf '%s\n' ${'line' in key ? key.line : ''} >"$key" || exit
fi
[ -f "$key" ] && [ -r "$key" ] || { printf 'no-file\n'; exit 1; }
cat >"$folder/bytes" || exit
SSH_ASKPASS_REQUIRE=never ssh-keygen -Y sign -q -f "$key" -n ${namespace} <"$folder/bytes" >"$folder/sig" && cat -- "$folder/sig" && exit
code=$?
printf 'refused\t%s\n' "$(ssh -V 2>&1)"
exit "$code"`),
    parse: (stdout) => stdout,
    assumed: '',
    failed({ stdout }) {
      if (stdout.startsWith('no-file'))
        return new TaskError(`${file} (signing_key) is not there, or cannot be read`)
      const [, version] = /^refused\t(.*)/.exec(stdout) ?? []
      return version === undefined ? undefined : (tooOld(version) ?? refused(key))
    },
  }
}

const refused = (key: ChosenKey): TaskError =>
  'file' in key
    ? new TaskError(`ssh-keygen could not sign with ${key.file}`, {
        hint: 'it has a passphrase, or is the public half of a key that the agent does not have:  ssh-add FILE',
      })
    : new TaskError(`the ssh agent has key ${key.fingerprint}, and refused to sign with it`, {
        hint: 'was it to be confirmed (ssh-add -c), or is the agent locked? repeat it and confirm',
      })
