import { TaskError } from '../../shell/index.ts'
import { askAtCommit } from '../../source/index.ts'
import type { Remote } from '../../task/context.ts'
import type { Artifact, Builder, BuildRequest, ProjectSnapshot } from '../builder.ts'
import { readFiles } from '../inspect.ts'
import { type Recorded, recorded } from '../record.ts'
import { archive } from './archive.ts'
import type { Configuration } from './configuration.ts'
import { type Built, buildAll } from './exec.ts'
import { Fields } from './fields.ts'
import { lint } from './lint.ts'
import { configurations } from './merge.ts'
import { folderOf, orders } from './orders.ts'
import { type PackagePlan, packagesOf } from './packages.ts'
import { Problems } from './problems.ts'
import { readMissile } from './read.ts'
import { FileNeeded, renderer } from './rendering.ts'

/** Files a rendering may ask for beyond what was read with the missile, one question each. */
const MOST_QUESTIONS = 50

/** The built-in builder: nothing of ours, and no Python 2, on the build machine. */
export const missileBuilder: Builder = {
  name: 'missile',
  async build(remote, request, snapshot) {
    const { source, missilePath } = request
    const text = snapshot.missile
    // In a dry run nothing was read, and what would be built is assumed.
    if (text === undefined && remote.dryRun)
      return plain(
        await remote.ask(recorded(buildAll(request, []), { ...request, commands: [] }), {
          title: `build ${source.project}`,
        }),
      )
    if (text === undefined)
      throw new TaskError(`${source.project} has no ${missilePath} at commit ${source.commit.slice(0, 12)}`)
    const problems = new Problems(missilePath)
    const found = readConfigurations(text, problems)
    for (const warning of problems.warnings) remote.warn(warning)
    const plans = await planned(remote, request, { found, snapshot })
    for (const name of duplicates(plans))
      remote.warn(
        `several configurations make the package ${name}, and the last one is kept: give each a name_suffix`,
      )
    const built = await remote.ask(
      recorded(buildAll(request, plans), { ...request, commands: commandsOf(plans) }),
      {
        stdin: archive(orders(plans, request)),
        title: `build ${source.project}: ${plans.map(({ name }) => name).join(', ')}`,
        ...(request.durable === undefined ? {} : { durable: request.durable }),
      },
    )
    for (const warning of built.made.warnings) remote.warn(warning)
    return plain(built)
  },
}

const plain = ({ made: { artifacts }, record }: Recorded<Built>): Recorded<readonly Artifact[]> => ({
  made: artifacts,
  record,
})

/** What is run on the build machine that a commit may differ in: a package's name, and the command. */
function commandsOf(plans: readonly PackagePlan[]): readonly string[] {
  return plans.flatMap(({ name, content }) => {
    const own = [
      ...(content.kind === 'environment'
        ? [
            'python3 -m venv --copies',
            ...content.environment.requirements.map((file) => `pip install -r ${file}`),
            ...content.environment.steps,
          ]
        : []),
      ...(content.kind === 'main' ? content.steps : []),
      'dpkg-deb --root-owner-group -Zxz -b',
    ]
    return own.map((command) => `${name}: ${command}`)
  })
}

/** The configurations of a missile, checked. Throws a TaskError that holds every problem. */
export function readConfigurations(text: string, problems: Problems): readonly Configuration[] {
  const root = readMissile(text, problems)
  const found = root ? configurations(root, problems).map((keys) => lint(new Fields(keys, problems))) : []
  problems.throwIfAny()
  return found
}

async function planned(
  remote: Remote,
  request: BuildRequest,
  { found, snapshot }: { found: readonly Configuration[]; snapshot: ProjectSnapshot },
): Promise<readonly PackagePlan[]> {
  const files = new Map<string, string | undefined>(snapshot.files)
  for (let asked = 0; ; asked++) {
    try {
      return plan(found, request, files)
    } catch (error) {
      if (!(error instanceof FileNeeded) || asked === MOST_QUESTIONS) throw error
      const query = readFiles(folderOf(request.missilePath), [error.path])
      const answer = await remote.ask(askAtCommit(request.source, query), { title: `read ${error.path}` })
      for (const [path, text] of answer) files.set(path, text)
    }
  }
}

function plan(
  found: readonly Configuration[],
  request: BuildRequest,
  files: ReadonlyMap<string, string | undefined>,
): readonly PackagePlan[] {
  const render = renderer(files)
  const plans: PackagePlan[] = []
  for (const each of found) plans.push(...packagesOf(each, { request, render, first: plans.length }))
  return plans
}

function duplicates(plans: readonly PackagePlan[]): readonly string[] {
  const names = plans.map(({ name }) => name)
  return [...new Set(names.filter((name, at) => names.indexOf(name) !== at))]
}
