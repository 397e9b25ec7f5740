import {
  askAtCommit,
  current,
  defineTask,
  deliver,
  inspectFor,
  makePackages,
  type ProjectSnapshot,
  parseProjectName,
  parseStore,
  parseWorkPath,
  recipeOf,
  tidied,
  webcallback as webcallbackTo,
} from 'gachette'

export const build = defineTask({
  summary: 'Build the packages of a working copy that prepare made',
  params: {
    name: { type: 'string', summary: 'the project' },
    debs_path: { type: 'string', setting: 'debs_path', summary: 'folder for the packages, on the host' },
    path_to_missile: {
      type: 'string',
      setting: 'projects.<name>.path_to_missile',
      default: '.missile.yml',
      summary: 'its missile, relative to the working copy',
    },
    app_version: {
      type: 'string',
      optional: true,
      summary: 'version of application and configuration packages',
    },
    env_version: { type: 'string', optional: true, summary: 'version of environment packages' },
    service_version: { type: 'string', optional: true, summary: 'version of service packages' },
    static_version: { type: 'string', optional: true, summary: 'version of static packages' },
    webcallback: { type: 'string', optional: true, summary: 'url to POST the result to, as JSON' },
    builder: {
      type: 'choice',
      choices: ['auto', 'trebuchet', 'missile'],
      optional: true,
      setting: 'projects.<name>.builder',
      summary: 'what builds it; the setting builder, else auto',
    },
  },
  async run(
    context,
    { name, debs_path: debsPath, path_to_missile: missilePath, builder, webcallback, ...given },
  ) {
    const callBack = webcallbackTo(webcallback)
    const recipe = recipeOf(name, context.setting, {
      missilePath,
      ...(builder === undefined ? {} : { builder }),
      versions: versionsOf(given),
    })
    const store = parseStore({ metaPath: String(context.setting('meta_path')) })
    const place = { name: parseProjectName(name), workPath: parseWorkPath(recipe.workPath) }
    const inspect = inspectFor(recipe)
    let inspected: ProjectSnapshot | undefined
    const prepared = await context.once('prepared', async () => {
      const read = await context.ask(current(place, inspect), { title: `read ${name}` })
      inspected = read.inspected
      return read.prepared
    })
    // Noted by an earlier attempt of this run: its commit it is, whatever was prepared since.
    const snapshot = inspected ?? (await context.ask(askAtCommit(prepared, inspect(prepared.dir))))
    const made = await makePackages(context, recipe, { prepared, snapshot })
    const { query, stdin } = deliver(store, debsPath, made.artifacts)
    const delivered = await context.ask(tidied(query, made), {
      stdin,
      title: `put the packages into ${debsPath}`,
    })
    const packages = made.artifacts.map(({ name, version, fileName, architecture, sha256, size }) => ({
      name,
      version,
      file_name: fileName,
      architecture,
      sha256,
      size,
      path: delivered.find((each) => each.fileName === fileName)?.path ?? `${debsPath}/${fileName}`,
    }))
    for (const { name: built, version, path } of packages) context.log(`built ${built} ${version}: ${path}`)
    await callBack(context, { event: 'built', project: name, commit: prepared.commit, packages })
    return packages
  },
})

function versionsOf(
  given: Readonly<Record<`${'app' | 'env' | 'service' | 'static'}_version`, string | undefined>>,
) {
  const kinds = ['app', 'env', 'service', 'static'] as const
  return Object.fromEntries(
    kinds.flatMap((kind) => {
      const version = given[`${kind}_version`]
      return version === undefined || version === '' ? [] : [[kind, version]]
    }),
  )
}
