import { type Query, script, sh } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'

/** A Release and what is said to be the same text, signed. */
export interface SignedRelease {
  readonly release: Uint8Array
  readonly inRelease?: Uint8Array | undefined
  /** Fingerprint of the key that the store says has signed; empty: none. */
  readonly key: string
  /** The name of the key that must have signed, where one is set. */
  readonly gpgKey?: string | undefined
}

/**
 * What is wrong with an InRelease, by gpg on this machine; undefined: nothing, or nobody here can tell (no gpg, or not
 * the key, and none is set).
 */
export async function judgeInRelease(
  local: Remote,
  { release, inRelease, key, gpgKey }: SignedRelease,
): Promise<string | undefined> {
  if (inRelease === undefined) {
    if (key === '') return undefined
    return `is gone: it was signed by ${key}`
  }
  const judged = await local.ask(judge(gpgKey ?? key), { stdin: inRelease, title: 'gpg --decrypt InRelease' })
  if (judged.known.length === 0)
    return gpgKey === undefined ? undefined : `cannot be judged: gpg on this machine has no key ${gpgKey}`
  const [signer] = judged.signers
  if (signer === undefined) return 'was changed: its signature does not hold'
  if (!judged.signers.some((each) => judged.known.includes(each)))
    return `is signed by ${signer}, and not by ${gpgKey ?? key}`
  return Buffer.from(release).equals(judged.text) ? undefined : 'holds another text than Release'
}

interface Judged {
  /** Fingerprints of the keys that gpg has by the name. */
  readonly known: readonly string[]
  /** Fingerprints of the primary keys whose signatures hold. */
  readonly signers: readonly string[]
  readonly text: Uint8Array
}

/**
 * gpg(1), doc/DETAILS: each signature begins with NEWSIG; VALIDSIG's tenth value is the primary key; GOODSIG is there
 * unless that has expired or was revoked. No key is fetched, and what is encrypted is not for us.
 */
const judge = (name: string): Query<Judged> => ({
  command: script(sh`command -v gpg >/dev/null || exit 0
folder=$(mktemp -d) || exit
trap 'rm -rf -- "$folder"' EXIT
cat >"$folder/signed" || exit
gpg --batch --no-tty --with-colons --fingerprint --list-keys -- ${name} 2>/dev/null |
  awk -F: '$1 == "pub" { on = 1 } $1 == "sub" { on = 0 } on && $1 == "fpr" { print "known\t" $10; on = 0 }'
[ "$(head -n 1 -- "$folder/signed")" = '-----BEGIN PGP SIGNED MESSAGE-----' ] || exit 0
gpg --batch --no-tty --no-auto-key-retrieve --max-output 1048576 --status-file "$folder/status" --output "$folder/text" \
  --decrypt "$folder/signed" 2>/dev/null &&
  awk '$2 == "NEWSIG" { good = 0 } $2 == "GOODSIG" { good = 1 } $2 == "VALIDSIG" && good { print "signer\t" $NF }' "$folder/status"
[ ! -f "$folder/text" ] || printf 'text\t%s\n' "$(base64 -w0 <"$folder/text")"`),
  parse(stdout) {
    const values = (kind: string) =>
      stdout
        .split('\n')
        .flatMap((line) => (line.startsWith(`${kind}\t`) ? [line.slice(kind.length + 1)] : []))
    const [text = ''] = values('text')
    return {
      known: values('known').filter((each) => /^[0-9A-F]{40,64}$/.test(each)),
      signers: values('signer'),
      text: Buffer.from(text, 'base64'),
    }
  },
  assumed: { known: [], signers: [], text: new Uint8Array() },
})
