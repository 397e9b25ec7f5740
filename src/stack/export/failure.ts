import { type FailedCommand, TaskError } from '../../shell/index.ts'
import { parseAnswer } from '../facts.ts'
import { refusal } from '../failure.ts'
import type { Store } from '../store.ts'
import type { Refusals } from '../where.ts'
import { BadArchive } from './bundle/tar-reader.ts'

/** Another edit changed what was to be exported while it was; nothing was changed. Asking again is all it takes. */
export class ExportMoved extends TaskError {
  override readonly code = 'export-moved'
}

/** A stack cannot be an apt repository as it is: a .deb is gone, or a manifest does not tell what apt must know. */
export class NotExportable extends TaskError {
  override readonly code = 'not-exportable'
}

/** What an export was refused for, by the facts it printed; those of all edits are among them. */
export function exportRefusal(
  store: Store,
  typed = 'gachette',
): (failure: FailedCommand) => Error | undefined {
  return (failure) => {
    const { facts } = parseAnswer(failure.stdout)
    for (const [key, ...values] of facts) {
      const explained = REFUSALS[key]?.(values, {
        store,
        typed,
        same: facts.filter(([other]) => other === key),
      })
      if (explained) return explained
    }
    return refusal(store, typed)(failure)
  }
}

const REFUSALS: Refusals = {
  'no-xz': (_, { store }) =>
    new NotExportable(`the machine of ${store.meta} has no xz, which packs what apt reads`, {
      hint: 'there, as root:  apt-get install xz-utils',
    }),
  moved: ([name, found, expected]) =>
    new ExportMoved(`${name} changed while it was exported: it is ${found || 'gone'}, and was ${expected}`, {
      hint: 'export it again',
    }),
  'no-deb': (_, { same }) =>
    new NotExportable(
      `the store has no .deb of ${same.map(([, name, version]) => `${name} ${version}`).join(', ')}`,
      {
        hint: 'a store of 2013 had lost it; pin another version, then freeze a new stack',
      },
    ),
  'pool-lacks': (_, { store, same }) =>
    new NotExportable(
      same
        .map(([, name, version, file, size, found]) =>
          found
            ? `${store.meta}/debs/${file} (${name} ${version}) has ${found} bytes, and had ${size}`
            : `${store.meta}/debs/${file} (${name} ${version}) is gone`,
        )
        .join('\n'),
      { hint: 'gachette stack verify  says what else is wrong; put the file back from a copy of the store' },
    ),
  'odd-manifest': (_, { store, same }) =>
    new NotExportable(
      same
        .map(
          ([, name, version, why]) =>
            `${store.meta}/packages/${name}/version/${version}/manifest.json: ${why}`,
        )
        .join('\n'),
    ),
  'was-signed': ([suite, fingerprint], { store }) =>
    new TaskError(
      `${suite} is signed by gpg key ${fingerprint}, and no gpg_key is set now: hosts would refuse it`,
      {
        hint: `set gpg_key; or, to go on without a signature:  rm ${store.meta}/dists/${suite}`,
      },
    ),
  'in-dists': ([path]) =>
    new TaskError(`${path} is in the way: exports are links there`, { hint: 'move it away, then repeat' }),
  'bundle-odd': ([path]) => new BadArchive(`the bundle holds ${path}, which is no plain file`),
  'bundle-digest': ([found, expected]) =>
    new BadArchive(
      `the packages of the bundle make digest ${found}, and its stack was frozen with ${expected}`,
    ),
  'bundle-deb': ([said]) => new BadArchive(`a .deb of the bundle was changed: ${said}`),
  'bundle-suite': ([suite]) =>
    new BadArchive(`the apt suite ${suite} of the bundle is not what its Release says`),
  'bundle-manifest': (_, { same }) =>
    new BadArchive(
      same
        .map(
          ([, name, version, field]) =>
            `packages/${name}/version/${version}/manifest.json of the bundle does not tell what the .deb says${field ? ` (${field})` : ''}`,
        )
        .join('\n'),
    ),
  'stack-otherwise': ([name], { store }) =>
    new TaskError(`${store.meta} has another stack ${name} than the bundle; nothing was changed`, {
      hint: 'a stack is never replaced; see which it is:  gachette stack show',
    }),
  'channel-otherwise': ([channel, number]) =>
    new TaskError(
      `number ${Number(number)} of channel ${channel} is another here than in the bundle; nothing was changed`,
      {
        hint: 'import the stack without its channel, then promote it here',
      },
    ),
  'older-pointer': ([channel, number, newest]) =>
    new TaskError(
      `channel ${channel} is at number ${Number(newest)} here, and the bundle is of number ${Number(number)}; nothing was changed`,
      {
        hint: 'an older pointer is never put back: import the stack without its channel, then promote it here',
      },
    ),
  'stage-gone': () => new ExportMoved('the prepared export is gone', { hint: 'export it again' }),
}
