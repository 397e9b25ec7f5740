import {
  allOf,
  askAtCommit,
  builtWith,
  calledAs,
  debsPathFor,
  defineTask,
  deliver,
  findBuilds,
  headOf,
  inspectFor,
  type KnownBuild,
  makePackages,
  type Pin,
  type ProjectSnapshot,
  parseProjectName,
  parseRef,
  parseRepositoryUrl,
  parseWorkPath,
  prepare,
  recipeInputs,
  recipeOf,
  registerPackages,
  Stack,
  statementOf,
  tidied,
  version,
  webcallback as webcallbackTo,
} from 'gachette'

export const quick = defineTask({
  summary: 'Build a ref and pin everything it makes in a stack, or change nothing',
  params: {
    stack: { type: 'string', completes: 'stack', summary: 'the stack; it must exist' },
    project: { type: 'string', summary: 'the project' },
    ref: {
      type: 'string',
      optional: true,
      summary: "branch, tag, sha or origin/branch; the remote's default branch",
    },
    url: { type: 'string', setting: 'projects.<project>.url', summary: 'its git repository' },
    path_to_missile: {
      type: 'string',
      setting: 'projects.<project>.path_to_missile',
      default: '.missile.yml',
      summary: 'its missile, relative to the working copy',
    },
    debs_path: { type: 'string', setting: 'debs_path', summary: 'folder for the packages, on the host' },
    meta_path: { type: 'string', setting: 'meta_path', summary: 'folder of the store on the host' },
    domain: { type: 'string', setting: 'domain', summary: 'the set of stacks it belongs to' },
    rebuild: { type: 'boolean', summary: 'build again what is registered, and compare: a difference fails' },
    webcallback: { type: 'string', optional: true, summary: 'url to POST the result to, as JSON' },
    untrusted: {
      type: 'string',
      optional: true,
      named: true,
      summary: 'why no stack may take what is built, as for a pull request of a fork: it is registered only',
    },
  },
  async run(context, { stack: stackName, project, ref, url, rebuild, webcallback, untrusted, ...paths }) {
    const callBack = webcallbackTo(webcallback)
    const recipe = recipeOf(project, context.setting, { missilePath: paths.path_to_missile })
    const { meta_path: metaPath, domain } = paths
    const debsPath = debsPathFor(metaPath, paths.debs_path, context.setting)
    const stack = new Stack(context, {
      metaPath,
      domain,
      name: stackName,
      debsPath,
      typed: calledAs(context),
    })
    const source = {
      name: parseProjectName(project),
      workPath: parseWorkPath(recipe.workPath),
      url: parseRepositoryUrl(url),
      ref: ref === undefined ? undefined : parseRef(ref),
    }

    // One round trip: is the stack there, the working copy at the ref, what is in it, and was it built before?
    const look = (dir: string) =>
      allOf([inspectFor(recipe)(dir), findBuilds(stack.store, { project, commit: headOf(dir) })])
    let inspected: readonly [ProjectSnapshot, readonly KnownBuild[]] | undefined
    const prepared = await context.once('prepared', async () => {
      const reading = allOf([stack.mustExist(), prepare(source, look)])
      const [, read] = await context.ask(reading, { title: `prepare ${project} ${ref ?? ''}`.trim() })
      inspected = read.inspected
      return read.prepared
    })
    // Noted by an earlier attempt of this run: its commit it is, wherever the ref has gone since.
    const [snapshot, builds] = inspected ?? (await context.ask(askAtCommit(prepared, look(prepared.dir))))
    const inputs = {
      ...recipeInputs(recipe, prepared),
      ...(untrusted === undefined ? {} : { untrusted: 'yes' }),
    }
    const known = builtWith(builds, inputs)
    context.log(`${project} is at ${prepared.commit}`)
    const build = { project, commit: prepared.commit, inputs, rebuild }
    const why = `quick ${project} ${ref ?? ''}`.trim()

    if (known !== undefined && !rebuild) {
      context.log(`its packages were registered at ${known.when}: nothing is built again`)
      if (untrusted !== undefined) return unpinned(known.packages, untrusted)
      return pinned(await stack.add(known.packages, { why }))
    }
    const made = await makePackages(context, recipe, { prepared, snapshot, rebuild })
    if (!isPool(debsPath, metaPath)) {
      const { query, stdin } = deliver(stack.store, debsPath, made.artifacts)
      await context.ask(query, { stdin, title: `put the packages into ${debsPath}` })
    }
    const host = context.host.name
    const provenance = statementOf({ recipe, prepared, made, version, host, untrusted })
    const story = { build, provenance, logPath: made.logPath }
    if (untrusted !== undefined) {
      const registered = await registerPackages(context, { metaPath, domain }, made.artifacts, {
        ...story,
        untrusted,
        after: (query) => tidied(query, made),
      })
      return unpinned(registered.packages, untrusted)
    }
    return pinned(await stack.add(made.artifacts, { ...story, why, after: (query) => tidied(query, made) }))

    async function pinned({ packages, generation, digest }: Awaited<ReturnType<Stack['add']>>) {
      for (const { name, version, change } of packages) context.log(`${name} ${version} ${changed(change)}`)
      const result = {
        stack: stackName,
        domain,
        project,
        commit: prepared.commit,
        generation,
        digest,
        packages,
      }
      await callBack(context, { event: 'pinned', ...result })
      return result
    }

    async function unpinned(packages: readonly Pin[], reason: string) {
      for (const { name, version } of packages) context.log(`${name} ${version} is registered as untrusted`)
      context.warn(`stack ${stackName} stays as it is: ${reason}`)
      const result = {
        stack: stackName,
        domain,
        project,
        commit: prepared.commit,
        untrusted: reason,
        packages,
      }
      await callBack(context, { event: 'registered', ...result })
      return result
    }
  },
})

const isPool = (debsPath: string, metaPath: string): boolean =>
  debsPath.replace(/\/+$/, '') === `${metaPath.replace(/\/+$/, '')}/debs`

function changed(change: { readonly type: string; readonly was?: string }): string {
  if (change.type === 'same') return 'was pinned already'
  return change.was === undefined ? 'is pinned' : `is pinned instead of ${change.was}`
}
