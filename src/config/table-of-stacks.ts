import { type Kind, number, text } from './kinds.ts'
import { listOf } from './kinds-of-lists.ts'
import { localPath } from './kinds-of-paths.ts'
import { setting } from './setting.ts'

/** A key as a file (read as an absolute path), or as the fingerprint of one that the agent has. */
const sshKey: Kind<string> = {
  what: 'the file of a key, or SHA256: and its fingerprint',
  read: (raw, reading) =>
    raw.kind === 'scalar' && String(raw.value).startsWith('SHA256:')
      ? text(sshKey.what, /^SHA256:[A-Za-z0-9+/]{43}$/).read(raw, reading)
      : localPath.read(raw, reading),
}

/** Who may vouch for a stack, and where stacks are when hosts get one. */
export const STACKS = {
  store_host: setting({
    kind: text('a host', /^[^\s-]\S*$/u, 'such as  hero@build1  or  local'),
    about: 'Host that has the store (meta_path), for deploy, rollback and status, whose hosts are others',
    otherwise: 'the hosts setting, where it names one host',
    example: 'hero@build1',
  }),
  allowed_signers: setting({
    kind: localPath,
    about:
      'File of the keys that may sign stacks and channels, as ssh-keygen has it (man ssh-keygen, ALLOWED SIGNERS); a stack without their signatures is refused then',
    example: './allowed_signers',
  }),
  signatures_needed: setting({
    kind: number({ min: 1, max: 100 }),
    about: 'How many of them must have signed',
    default: 1,
    example: '1',
  }),
  signing_key: setting({
    kind: sshKey,
    about: 'Key to sign with, as a file or as SHA256:… of a key in the agent',
    otherwise: 'the one key of the agent that allowed_signers names',
    example: '~/.ssh/id_ed25519.pub',
  }),
  gpg_key: setting({
    kind: text('the name of a gpg key', /^[^\s-]/u),
    about: 'Key of your own gpg to sign exported repositories with, for apt',
    otherwise: 'they are not signed',
    example: 'releases@example.org',
  }),
}

/** Which packages of a stack the hosts of a role have. */
export const members = setting({
  kind: listOf(
    text('the name of a package, or a pattern', /^[A-Za-z0-9*?][A-Za-z0-9*?+._-]*$/),
    'a list of package names; * and ? stand for any characters',
  ),
  about:
    'Packages of a stack that the hosts of a role have. Hosts of several roles have those of all; hosts in no role that is named here have the whole stack',
  example: '[dh-shop, "dh-shop-*"]',
})
