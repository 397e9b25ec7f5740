import type { Query } from '../shell/index.ts'
import type { Remote } from '../task/context.ts'
import { folderOf, type WorkingCopyPlace } from './place.ts'
import { askAtCommit, current, prepare } from './prepare.ts'
import type { Prepared } from './prepared.ts'
import { parseProjectName, parseWorkPath } from './project.ts'
import { parseRef } from './ref.ts'
import { parseRepositoryUrl } from './repository.ts'

/**
 * A project's working copy on a host, for plain scripts:
 * `const { commit } = await new WorkingCopy(remote, { name: 'shop' }).prepare({ url, ref: 'main' })`.
 */
export class WorkingCopy {
  /** Absolute path on the host. */
  readonly dir: string
  readonly #remote: Remote
  readonly #place: WorkingCopyPlace

  /** `workPath` is `/var/gachette` unless given; `lockWaitSeconds` an hour. Throws a UsageError. */
  constructor(remote: Remote, options: { name: string; workPath?: string; lockWaitSeconds?: number }) {
    this.#remote = remote
    this.#place = {
      name: parseProjectName(options.name),
      workPath: parseWorkPath(options.workPath ?? '/var/gachette'),
      lockWaitSeconds: options.lockWaitSeconds,
    }
    this.dir = folderOf(this.#place)
  }

  /** Brings it to a branch, tag or commit of a repository; without a ref, to its default branch. */
  async prepare({ url, ref }: { url: string; ref?: string }): Promise<Prepared> {
    const query = prepare({
      ...this.#place,
      url: parseRepositoryUrl(url),
      ref: ref === undefined ? undefined : parseRef(ref),
    })
    return (await this.#remote.ask(query, { title: `prepare ${this.#place.name} ${ref ?? ''}`.trim() }))
      .prepared
  }

  /** What it holds since it was last prepared, made clean again. */
  async current(): Promise<Prepared> {
    return (await this.#remote.ask(current(this.#place))).prepared
  }

  /** Asks a question in it at the commit it was prepared for, whatever others did to it since. */
  ask<T>(prepared: Prepared, query: Query<T>): Promise<T> {
    return this.#remote.ask(askAtCommit(prepared, query))
  }
}
