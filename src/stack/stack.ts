import type { Query } from '../shell/index.ts'
import type { Remote } from '../task/context.ts'
import { type AddOptions, addPackages, type PackageToPin } from './add.ts'
import { type Bump, type CreatedStack, createStack as createQuery } from './create.ts'
import type { Edited } from './edit/edited.ts'
import { type ListedStack, listStacks as listQuery } from './list.ts'
import { parseStackName, type StackName } from './name.ts'
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

  /** Makes the stack, empty or as a clone; one that is there already is left as it is. */
  create(options: { readonly from?: string; readonly why?: string } = {}): Promise<CreatedStack> {
    return create(this.#remote, this.store, { ...options, name: this.name })
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
    const { debsPath, typed } = this.#options
    const edit = addPackages(this.store, this.name, packages, {
      ...(debsPath !== undefined && { debsPath }),
      ...(typed !== undefined && { typed }),
      ...options,
    })
    const title = `pin ${packages.map(({ name, version }) => `${name} ${version}`).join(', ')} in ${this.name}`
    const edited = await this.#remote.ask(after(edit.query), { stdin: edit.stdin, title })
    for (const warning of edited.warnings) this.#remote.warn(warning)
    return edited
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
}

/**
 * Makes a stack whose name is the highest version of the domain (as semver orders them), raised. Fails with
 * NoSuchStack where `from` is none.
 */
export function createNextStack(
  remote: Remote,
  options: StoreOptions & { readonly bump: Bump; readonly from?: string; readonly why?: string },
): Promise<CreatedStack> {
  const { bump, from, why } = options
  return create(remote, parseStore(options), {
    bump,
    ...(from !== undefined && { from }),
    ...(why !== undefined && { why }),
  })
}

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
