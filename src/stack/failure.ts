import { type FailedCommand, printable, quote, TaskError } from '../shell/index.ts'
import { EDIT_REFUSALS } from './edit/refusals.ts'
import { parseAnswer } from './facts.ts'
import type { Store } from './store.ts'
import { createLine, inDomain, type Refusals, verbLine } from './where.ts'

/** An edit named the generation it expects, and another edit was faster; nothing was changed. */
export class StaleGeneration extends TaskError {
  override readonly code = 'stale-generation'
}

/** Other bytes than those registered under this name and version (or file name); nothing was changed. */
export class RegisteredOtherwise extends TaskError {
  override readonly code = 'registered-otherwise'
}

/** A package that was marked as not to be trusted is to be pinned; nothing was changed. */
export class UntrustedPackage extends TaskError {
  override readonly code = 'untrusted'
}

/** The stack is not there; the hint is the line to type. */
export class NoSuchStack extends TaskError {
  override readonly code = 'no-such-stack'
}

/** What the store refused, by the facts it printed; undefined when it printed none (an ordinary failed command). */
export function refusal(store: Store, typed = 'gachette'): (failure: FailedCommand) => Error | undefined {
  return ({ stdout }) => {
    const { facts } = parseAnswer(stdout)
    for (const [key, ...values] of facts) {
      const explain = REFUSALS[key]
      if (explain === undefined) continue
      const same = facts.filter(([other]) => other === key)
      return explain(values, { store, typed, same })
    }
    return undefined
  }
}

const REFUSALS: Refusals = {
  ...EDIT_REFUSALS,
  'no-stack': ([name = ''], { store, typed }) =>
    name === 'latest'
      ? noLatest(store)
      : new NoSuchStack(`stack ${name} does not exist in ${store.meta}${inDomain(store)}`, {
          hint: `create it:  ${createLine(store, name, typed)}`,
        }),
  'unknown-stack': ([name = ''], { store, typed }) =>
    name === 'latest'
      ? noLatest(store)
      : new NoSuchStack(`stack ${name} does not exist in ${store.meta}${inDomain(store)}`, {
          hint: `see which there are:  ${verbLine({ store, typed }, 'list')}`,
        }),
  stale: ([name, found, expected]) =>
    new StaleGeneration(`stack ${name} is at generation ${found}, and ${expected} was expected`, {
      hint: 'somebody else edited it: look at it again, then repeat the edit',
    }),
  busy: ([seconds], { store }) =>
    new TaskError(`the store ${store.meta} is busy: another edit did not end within ${seconds} s`, {
      hint: `see who holds it:  fuser -v ${store.meta}/.gachette/lock/store`,
    }),
  collecting: (_, { store }) =>
    new TaskError(`somebody else collects the garbage of ${store.meta} now`, { hint: 'try again later' }),
  unsettled: (_, { store }) =>
    new TaskError(`${store.meta} is being changed by a tool that takes no lock: nothing was removed`, {
      hint: 'try again when it has ended',
    }),
  unsurveyed: ([program, freeKiB], { store }) =>
    new TaskError(
      Number(freeKiB) < 64
        ? `the disk that holds ${store.meta} is full (${freeKiB} KiB free): nothing was removed`
        : `what ${store.meta} refers to could not be listed (${program} failed): nothing was removed`,
      { hint: 'make room, or see that its programs may run to their end; then repeat' },
    ),
  unreadable: ([path], { store }) =>
    new TaskError(`${store.meta}/${path} cannot be read by this user: nothing was removed`, {
      hint: 'run it as the owner of the store',
    }),
  conflict: (_, { same }) =>
    new RegisteredOtherwise(
      same
        .map(
          ([, name, version, old, now]) =>
            `${name} ${version} is registered with other bytes\n  registered: sha256 ${old}\n  this one:   sha256 ${now}`,
        )
        .join('\n'),
      { hint: 'a version is never replaced; build it under a new version' },
    ),
  taken: (_, { same }) =>
    new RegisteredOtherwise(
      same
        .map(
          ([, name, version, file, old, now]) =>
            `${file}${name ? ` (${name} ${version})` : ''} is in the pool with other bytes, and a registered package uses it\n  pool:     sha256 ${old}\n  this one: sha256 ${now}`,
        )
        .join('\n'),
      { hint: 'a file of the pool is never overwritten; give this one another file name or version' },
    ),
  untrusted: (_, { same }) =>
    new UntrustedPackage(
      same
        .map(
          ([, name = '', version = '', ...why]) =>
            `${name} ${version} is marked as untrusted${why.join(' ') === '' ? '' : `: ${printable(why.join(' '))}`}`,
        )
        .join('\n'),
      {
        hint: 'no stack takes it; build its commit without the mark: the same bytes are trusted from then on',
      },
    ),
  mismatch: (_, { same }) =>
    new TaskError(
      same
        .map(
          ([, name, version, file, realName, realVersion]) =>
            `${file} is ${realName || 'no package'} ${realVersion}, not ${name} ${version}`,
        )
        .join('\n'),
      { hint: 'name and version must be those of the .deb: dpkg-deb -f FILE Package Version' },
    ),
  changed: ([name, version, file, expected, found]) =>
    new TaskError(
      `${file} (${name} ${version}) changed since it was built\n  built: sha256 ${expected}\n  found: sha256 ${found}`,
    ),
  'not-a-deb': ([name, file]) =>
    new TaskError(`${file} (${name}) is no Debian package: dpkg-deb cannot read it`),
  'not-found': ([name, file, debs], { store }) => {
    const pool = `${store.meta}/debs`
    const places = debs === pool ? pool : `${debs} and ${pool}`
    return new TaskError(`${file} (${name}) is not in ${places}`, {
      hint: 'name the folder it was built into: debs_path=FOLDER, or the setting debs_path',
    })
  },
  'no-file': ([name, file, path]) =>
    new TaskError(`${path} (${name || file}) is not there, or this user cannot read it`),
  apart: ([place, target]) =>
    new TaskError(
      `${place} lies in ${target}, apart from the store, and could not point to its generations`,
      {
        hint: 'link all of META elsewhere, not a part of it',
      },
    ),
  'not-registered': ([name, version], { store }) =>
    new TaskError(`${name} ${version} is not registered in ${store.meta}`),
  'unknown-package': ([name], { store }) =>
    new TaskError(`package ${name} is not registered in ${store.meta}`),
  'not-pinned': ([stack, name], { store }) =>
    new TaskError(`stack ${stack} pins no package ${name}${inDomain(store)}`),
  unwritten: ([what, freeKiB, decided], { store }) => {
    const now = decided ? 'the edit is decided, and the next command does the rest' : 'the stack is unchanged'
    return Number(freeKiB) < 64
      ? new TaskError(`the disk that holds ${store.meta} is full (${freeKiB} KiB free); ${now}`)
      : new TaskError(`${store.meta} could not be written (${what}); ${now}`)
  },
  unwritable: ([path], { store }) =>
    new TaskError(`${path} cannot be written by this user`, {
      hint: `once, as root:  install -d -o USER ${quote(store.meta)}`,
    }),
  'in-the-way': ([path, target]) =>
    new TaskError(`${path} is in the way: old readers need it to be a link to ${target}`, {
      hint: 'move it away, then repeat',
    }),
  twice: ([one, other]) =>
    new TaskError(`${one} and ${other} are two stacks of one name`, {
      hint: 'this META was used by both generations of the old tool: move the wrong one away, then repeat',
    }),
  'foreign-link': ([place, target]) =>
    new TaskError(`${place} is a link to ${target || 'nowhere'}, which is no generation of this store`),
  'plain-stack': ([name = ''], { store, typed }) =>
    new TaskError(`stack ${name} is a plain folder of 2013: nothing but names and versions is known of it`, {
      hint: `the first edit migrates it, or a clone:  ${verbLine({ store, typed }, 'clone', name, 'NEW')}`,
    }),
  cut: () => new TaskError('the request was cut on its way to the build machine; nothing was changed'),
}

const noLatest = (store: Store): NoSuchStack =>
  new NoSuchStack(`no stack in ${store.meta}${inDomain(store)} is frozen yet: there is no latest one`)
