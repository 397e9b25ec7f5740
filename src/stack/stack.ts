import type { Query } from '../shell/index.ts'
import type { Remote } from '../task/context.ts'
import { type AddOptions, addPackages, type PackageToPin } from './add.ts'
import { type Bump, type CreatedStack, createStack as createQuery } from './create.ts'
import { type Adopted, adoptStack } from './edit/adopt.ts'
import type { Edited } from './edit/edited.ts'
import {
  type FreezeOptions,
  type FrozenStackNow,
  freeze,
  type PromotedStack,
  type PromoteOptions,
  promote,
} from './edit/publish.ts'
import { removePackages } from './edit/remove.ts'
import type { EditOptions } from './edit/script.ts'
import { type ListedStack, listStacks as listQuery } from './list.ts'
import { parseChannelName, parseStackName, type StackName } from './name.ts'
import { mustExist, type ShownStack, type StackState, showStack } from './show.ts'
import { parseStore, type Store, type StoreOptions } from './store.ts'

/** Which stack, and how it is edited. */
export interface StackOptions extends StoreOptions {
  readonly name: string
  /** Where file names are sought before the pool: an absolute folder on the build machine. */
  readonly debsPath?: string
  /** How gachette was called, for the lines a message tells to type: `gachette -H build1`. */
  readonly typed?: string
}

/** A stack on a build machine: each method is one round trip. The methods' queries can also travel with others. */
export class Stack {
  readonly name: StackName
  readonly store: Store
  readonly #remote: Remote
  readonly #options: StackOptions

  constructor(remote: Remote, options: StackOptions) {
    this.#remote = remote
    this.#options = options
    this.store = parseStore(options)
    this.name = parseStackName(options.name)
  }

  /**
   * Makes the stack, empty or as a clone; one that is there already is left as it is, or refused if it `mustBeNew` and is
   * no such clone.
   */
  create(
    options: EditOptions & { readonly from?: string; readonly mustBeNew?: boolean } = {},
  ): Promise<CreatedStack> {
    return create(this.#remote, this.store, { ...this.#typed(), ...options, name: this.name })
  }

  /**
   * Registers packages and pins them, all or none. A package that is pinned already is replaced by its new version.
   * `after` may put something around the edit that is to happen in the same round trip.
   */
  async add(
    packages: readonly PackageToPin[],
    {
      after = (query) => query,
      ...options
    }: AddOptions & { readonly after?: (query: Query<Edited>) => Query<Edited> } = {},
  ): Promise<Edited> {
    const { debsPath } = this.#options
    const edit = addPackages(this.store, this.name, packages, {
      ...(debsPath !== undefined && { debsPath }),
      ...this.#typed(),
      ...options,
    })
    const title = `pin ${packages.map(({ name, version }) => `${name} ${version}`).join(', ')} in ${this.name}`
    const edited = await this.#remote.ask(after(edit.query), { stdin: edit.stdin, title })
    return this.#warned(edited)
  }

  /** Unpins packages, all or none; throws where one of them is not pinned. Their files stay in the pool. */
  async remove(names: readonly string[], options: EditOptions = {}): Promise<Edited> {
    const edit = removePackages(this.store, this.name, names, { ...this.#typed(), ...options })
    const title = `unpin ${names.join(', ')} in ${this.name}`
    return this.#warned(await this.#remote.ask(edit.query, { stdin: edit.stdin, title }))
  }

  /** Freezes the stack for good and moves `latest`; what is frozen gets further signatures. Two round trips. */
  freeze(options: FreezeOptions = {}): Promise<FrozenStackNow> {
    return freeze(this.#remote, this.store, this.name, { ...this.#typed(), ...options })
  }

  /** Lets a channel lead to this stack, which must be frozen. Two round trips. */
  promote(channel: string, options: PromoteOptions = {}): Promise<PromotedStack> {
    const to = { stack: this.name, channel: parseChannelName(channel) }
    return promote(this.#remote, this.store, to, { ...this.#typed(), ...options })
  }

  /** Takes what an old tool wrote through the stack's link into it, and restores the others; or restores all. */
  async adopt(options: EditOptions & { readonly restore?: boolean } = {}): Promise<Adopted> {
    const query = adoptStack(this.store, this.name, { ...this.#typed(), ...options })
    return this.#warned(await this.#remote.ask(query, { title: `adopt what was written into ${this.name}` }))
  }

  /** What the stack holds now; throws a NoSuchStack where it is not there. */
  show(): Promise<ShownStack> {
    return this.#remote.ask(showStack(this.store, this.name, this.#options.typed), {
      title: `show stack ${this.name}`,
    })
  }

  /** The question whether the stack is there, to be asked together with others: fails with the line to type. */
  mustExist(): Query<StackState> {
    return mustExist(this.store, this.name, this.#options.typed)
  }

  #typed(): { readonly typed?: string } {
    const { typed } = this.#options
    return typed === undefined ? {} : { typed }
  }

  #warned<T extends { readonly warnings: readonly string[] }>(edited: T): T {
    for (const warning of edited.warnings) this.#remote.warn(warning)
    return edited
  }
}

/**
 * Makes a stack whose name is the highest version of the domain (as semver orders them), raised. Fails with
 * NoSuchStack where `from` is none.
 */
export const createNextStack = (
  remote: Remote,
  options: StoreOptions & EditOptions & { readonly bump: Bump; readonly from?: string },
): Promise<CreatedStack> => create(remote, parseStore(options), options)

/** The stacks of a domain, by name; `pattern` may hold `*` and `?`. A META that is not there has none. */
export const listStacks = (
  remote: Remote,
  { pattern, ...options }: StoreOptions & { readonly pattern?: string },
): Promise<readonly ListedStack[]> =>
  remote.ask(listQuery(parseStore(options), pattern), { title: 'list stacks' })

async function create(
  remote: Remote,
  store: Store,
  stack: Parameters<typeof createQuery>[1],
): Promise<CreatedStack> {
  const title = `create stack ${'name' in stack ? stack.name : `by ${stack.bump}`}`
  const created = await remote.ask(createQuery(store, stack), { title })
  for (const warning of created.warnings) remote.warn(warning)
  return created
}
