// The main job from a plain script, without the command line:
//
//   npx jiti examples/release.ts HOST STACK PROJECT URL [REF]
//
// Settings are found as the command line finds them (.gachetterc, GACHETTE_… variables).
import { inspectFor, makePackages, onHost, recipeOf, Stack, tidied, WorkingCopy } from 'gachette'

const [host, stackName, project, url, ref] = process.argv.slice(2)
if (host === undefined || stackName === undefined || project === undefined || url === undefined) {
  console.error('release: HOST STACK PROJECT URL [REF]')
  process.exit(2)
}

const pinned = await onHost(host, async (remote) => {
  const metaPath = String(remote.setting('meta_path'))
  const stack = new Stack(remote, { metaPath, name: stackName })
  await stack.create()

  const recipe = recipeOf(project, remote.setting)
  const copy = new WorkingCopy(remote, { name: project, workPath: recipe.workPath })
  const prepared = await copy.prepare({ url, ...(ref === undefined ? {} : { ref }) })
  const snapshot = await copy.ask(prepared, inspectFor(recipe)(copy.dir))

  const made = await makePackages(remote, recipe, { prepared, snapshot })
  return stack.add(made.artifacts, { after: (query) => tidied(query, made) })
})

for (const { name, version } of pinned.packages) console.log(`${name} ${version} is in ${stackName}`)
