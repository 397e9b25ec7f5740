import { type Query, sh, TaskError } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'

/** A secret key that gpg on this machine signs with. */
export interface GpgKey {
  /** As it was asked for. */
  readonly name: string
  /** 40 upper-case hex digits, of the primary key. */
  readonly fingerprint: string
}

/** The key gpg knows by this name, id or fingerprint; throws a TaskError unless it can sign with exactly one. */
export const findGpgKey = (local: Remote, name: string): Promise<GpgKey> =>
  local.ask(gpgKeyQuery(name), { title: `find gpg key ${name}` })

/** The text between the marks of a signature that `gpg --verify`, and apt, accept: InRelease, of a Release. */
export const clearSign = (local: Remote, key: GpgKey, text: string): Promise<string> =>
  local.ask(clearSignQuery(key, text.endsWith('\n')), { stdin: text, title: `sign with gpg key ${key.name}` })

function gpgKeyQuery(name: string): Query<GpgKey> {
  return {
    command: sh`command -v gpg >/dev/null || exit 69
gpg --batch --no-tty --with-colons --fingerprint --list-secret-keys -- ${name}`,
    parse(stdout) {
      const found = primaryFingerprints(stdout)
      const [fingerprint] = found
      if (fingerprint === undefined) throw noKey(name)
      if (found.length > 1)
        throw new TaskError(`gpg knows ${found.length} secret keys by the name ${name}`, {
          hint: `name one by its fingerprint, in the setting gpg_key:\n${found.join('\n')}`,
        })
      return { name, fingerprint }
    },
    assumed: { name, fingerprint: '' },
    failed: ({ exitCode }) =>
      exitCode === 69
        ? new TaskError('gpg is not on this machine', { hint: 'apt-get install gnupg' })
        : exitCode === 2
          ? noKey(name)
          : undefined,
  }
}

/** Of the records of gpg's --with-colons: `fpr` follows its `sec`; those of subkeys follow `ssb`. */
export function primaryFingerprints(records: string): readonly string[] {
  let isPrimary = false
  return records.split('\n').flatMap((line) => {
    const fields = line.split(':')
    if (fields[0] === 'sec' || fields[0] === 'ssb') isPrimary = fields[0] === 'sec'
    const isWanted = isPrimary && fields[0] === 'fpr' && /^[0-9A-F]{40,64}$/.test(fields[9] ?? '')
    if (isWanted) isPrimary = false
    return isWanted ? [fields[9] ?? ''] : []
  })
}

const noKey = (name: string): TaskError =>
  new TaskError(`gpg on this machine has no secret key ${name}`, {
    hint: 'see which there are:  gpg --list-secret-keys\nthen name one in the setting gpg_key',
  })

function clearSignQuery(key: GpgKey, endsWithNewline: boolean): Query<string> {
  if (!endsWithNewline) throw new TaskError('only whole lines can be signed')
  return {
    command: sh`gpg --batch --no-tty --local-user ${key.fingerprint} --digest-algo SHA512 --clearsign`,
    parse(stdout) {
      if (stdout.startsWith('-----BEGIN PGP SIGNED MESSAGE-----\n')) return stdout
      throw new TaskError('gpg answered what is no signed text')
    },
    assumed: '',
    failed: ({ stderr }) =>
      new TaskError(`gpg did not sign with ${key.name}`, {
        output: stderr.trim().split('\n').slice(-10),
        hint: 'is the key locked?  gpg --clearsign asks for its passphrase, and the agent keeps it for a while',
      }),
  }
}
